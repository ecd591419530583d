import { basePath, contract, rootContract } from "@eca/contract";
import cors from "cors";
import express, { type Express } from "express";
import type { Logger } from "pino";
import { authRoutes } from "./auth/routes.js";
import type { AuthService } from "./auth/service.js";
import type { Clock } from "./clock.js";
import type { Config } from "./config.js";
import { essRoutes } from "./ess/routes.js";
import { createEssService } from "./ess/service.js";
import { healthRoutes } from "./health/routes.js";
import { authenticate } from "./http/authenticate.js";
import { errorHandler, routeNotFound } from "./http/error-handler.js";
import { useFastJson } from "./http/json.js";
import { mountContract } from "./http/mount-contract.js";
import { readBody } from "./http/read-body.js";
import { requestLog } from "./http/request-log.js";
import { moduleRoutes } from "./module/routes.js";
import { createModuleService } from "./module/service.js";
import type { StateIndex } from "./search/state-index.js";
import { sequenceRoutes } from "./sequence/routes.js";
import { createSequenceService } from "./sequence/service.js";
import type { Store } from "./store/store.js";

/** What the application is made of; everything it needs from outside comes in here. */
export interface AppDependencies {
  readonly store: Store;
  readonly index: StateIndex;
  readonly auth: AuthService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<Config, "bodyLimit" | "corsOrigins">;
}

/** The composition root: services upon the store, routes upon the services, HTTP around them. */
export function createApp({ store, index, auth, clock, logger, config }: AppDependencies): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  useFastJson(app);
  app.use(requestLog(logger));
  if (config.corsOrigins.length > 0) app.use(corsFor(config.corsOrigins));

  const middlewares = [authenticate(auth), readBody(config.bodyLimit)];
  const v1 = express.Router({ caseSensitive: true });
  const handlers = {
    auth: authRoutes(auth),
    ess: essRoutes(createEssService({ store, index, clock, textOf: async () => undefined })),
    sequence: sequenceRoutes(createSequenceService({ store, clock })),
    module: moduleRoutes(createModuleService({ store })),
  };
  mountContract(v1, contract, handlers, middlewares);
  app.use(basePath, v1);

  const root = express.Router({ caseSensitive: true });
  mountContract(root, rootContract, { health: healthRoutes() }, middlewares);
  app.use(root);

  app.use(routeNotFound);
  app.use(errorHandler(logger));
  return app;
}

function corsFor(origins: readonly string[]) {
  return cors({
    origin: origins.includes("*") ? "*" : [...origins],
    exposedHeaders: ["X-Error-Code", "X-Request-Id"],
    maxAge: 3600,
  });
}
