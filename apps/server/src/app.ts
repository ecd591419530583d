import { basePath, contract, liveContract, rootContract } from "@eca/contract";
import { successorCounts } from "@eca/cortex";
import express, { type Express } from "express";
import type { Logger } from "pino";
import type { AuditLog } from "./audit/audit-log.js";
import { auditRoutes } from "./audit/routes.js";
import { authRoutes } from "./auth/routes.js";
import type { Passwords } from "./password/password.js";
import type { AuthService } from "./auth/service.js";
import type { Times } from "./time/times.js";
import type { Config } from "./config/config.js";
import { documentRoutes } from "./document/routes.js";
import { createRowDocuments } from "./document/row-documents.js";
import { createDocumentService } from "./document/service.js";
import { embeddingRoutes } from "./embedding/routes.js";
import { createEmbeddingService, createTextOf } from "./embedding/service.js";
import { essRoutes } from "./ess/routes.js";
import { createEssService } from "./ess/service.js";
import type { Composition } from "./handler.js";
import type { Readiness } from "./health/readiness.js";
import { healthRoutes } from "./health/routes.js";
import { authenticate, createRecheckCredential } from "./http/middleware/authenticate.js";
import { createAddressOf } from "./http/middleware/client-address.js";
import { allowOrigins } from "./http/middleware/cross-origin.js";
import { createCursors } from "./http/replies/cursor.js";
import { docsRouter } from "./http/docs-router.js";
import { errorDocsPage } from "./http/errors/error-docs.js";
import { errorHandler, routeNotFound } from "./http/errors/error-handler.js";
import { useOwnConditions } from "./http/replies/entity-tag.js";
import { nameIgnoredFields } from "./http/middleware/ignored-fields.js";
import { useFastJson } from "./http/replies/json.js";
import { mountLive } from "./http/server/live-route.js";
import { mountContract } from "./http/mount-contract.js";
import { exactPaths } from "./http/segment-router.js";
import { notePathPrefix } from "./http/middleware/path-prefix.js";
import { errorDocsPath } from "./http/errors/problem.js";
import { readBody } from "./http/middleware/read-body.js";
import { requestLog } from "./http/middleware/request-log.js";
import { createRequestLimits } from "./http/middleware/request-limits.js";
import { keyRoutes } from "./api-key/routes.js";
import { createKeyService } from "./api-key/service.js";
import { checkSizes } from "./http/middleware/size-limits.js";
import { limitsRoutes } from "./limits/routes.js";
import type { Limits } from "./limits/limits.js";
import { validateHead } from "./http/middleware/validate-head.js";
import { routeNames } from "./http/request/route-names.js";
import type { IdempotencyService } from "./idempotency/service.js";
import type { LiveSockets } from "./live/live-sockets.js";
import { createLiveService } from "./live/service.js";
import { withMetricsFor } from "./metrics/access.js";
import type { Metrics } from "./metrics/metrics.js";
import { metricsRoutes } from "./metrics/routes.js";
import { moduleRoutes } from "./module/routes.js";
import { createModuleService } from "./module/service.js";
import { predictionRoutes } from "./prediction/routes.js";
import { Semaphore } from "./throttling/semaphore.js";
import { createPredictionService } from "./prediction/service.js";
import { responseRoutes } from "./response/routes.js";
import { createResponseService } from "./response/service.js";
import type { Retrieval } from "./retrieval/retrieval.js";
import { retrievalRoutes } from "./retrieval/routes.js";
import type { StateIndex } from "./search/state-index.js";
import { sequenceRoutes } from "./sequence/routes.js";
import { createSequenceService } from "./sequence/service.js";
import type { Store } from "./store/port/store.js";
import type { TimeSlice } from "./event-loop/time-slice.js";
import { userRoutes } from "./user/routes.js";
import { createUserService } from "./user/service.js";

type AppConfig = Pick<Config, "metrics" | "corsOrigins" | "rateExempt" | "trustedProxies">;

/** What the application is made of; everything it needs from outside comes in here. */
export interface AppDependencies {
  readonly store: Store;
  readonly index: StateIndex;
  readonly auth: AuthService;
  readonly passwords: Passwords;
  readonly audit: AuditLog;
  readonly idempotency: IdempotencyService;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly live: LiveSockets;
  readonly retrieval: Retrieval;
  readonly times: Times;
  /** Shared by all long work of the process. */
  readonly timeSlice: TimeSlice;
  readonly logger: Logger;
  /** What cursors are sealed with; kept, so that they outlive a restart. */
  readonly cursorSecret: Uint8Array;
  readonly limits: Limits;
  readonly config: AppConfig;
}

/** The composition root: services upon the store, routes upon the services, HTTP around them. */
export function createApp({
  store,
  index,
  auth,
  passwords,
  audit,
  idempotency,
  readiness,
  metrics,
  live,
  retrieval,
  times,
  timeSlice,
  logger,
  cursorSecret,
  limits,
  config,
}: AppDependencies): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").enable("case sensitive routing");
  useFastJson(app);
  useOwnConditions(app);
  const rootRoutes = withMetricsFor(config.metrics, rootContract);
  const nameOf = routeNames(contract, rootRoutes, liveContract);
  app.use(requestLog({ logger, metrics, nameOf }));
  if (config.trustedProxies.length > 0) app.use(notePathPrefix(config.trustedProxies));
  app.use(validateHead(limits));
  app.use(allowOrigins(config.corsOrigins));

  const rates = createRequestLimits(times.timer, limits.rates, config.rateExempt);
  const addressOf = createAddressOf(config.trustedProxies);
  const middlewares = [
    authenticate({ auth, limits: rates, addressOf }),
    readBody(limits, timeSlice),
    checkSizes(limits.sizes, timeSlice, contract, liveContract, rootRoutes),
    nameIgnoredFields(contract, liveContract, rootRoutes),
  ];
  const v1 = express.Router(exactPaths);
  const paging = { cursors: createCursors(cursorSecret), pageSize: limits.sizes.page_size.max };
  const mounted = {
    store,
    middlewares,
    paging,
    idempotency,
    timeSlice,
    recheckCredential: createRecheckCredential(auth),
  };
  mountContract(v1, contract, {
    ...mounted,
    composition: composeRoutes({ index, auth, passwords, audit, retrieval, times, timeSlice, limits }),
  });
  const { replyTextLength } = limits;
  const pretty = { textOf: createTextOf(store), replyTextLength, timeSlice };
  const liveService = createLiveService({ store, pretty, timeSlice });
  mountLive(v1, { middlewares, live, service: liveService, timeSlice, auth, limits: rates, audit, nameOf, logger });
  app.use(basePath, v1);

  app.use(docsRouter(limits.sizes, { [errorDocsPath]: errorDocsPage }));

  const root = express.Router(exactPaths);
  const composition = { health: () => healthRoutes(readiness), metrics: () => metricsRoutes(metrics) };
  mountContract(root, rootRoutes, { ...mounted, composition });
  app.use(root);

  app.use(routeNotFound);
  app.use(errorHandler({ logger, audit, nameOf }));
  return app;
}

type RouteDependencies = Pick<
  AppDependencies,
  "index" | "auth" | "passwords" | "audit" | "retrieval" | "times" | "timeSlice" | "limits"
>;

/** The service of each resource upon a store, and its routes upon the service. */
function composeRoutes({
  index,
  auth,
  passwords,
  audit,
  retrieval,
  times,
  timeSlice,
  limits,
}: RouteDependencies): Composition<typeof contract> {
  const clock = times.now;
  const { sizes, aggregateTextLength: textLength, predictionNumbers: numbers, replyTextLength } = limits;
  const bounds = { stateLength: sizes.state_length, textLength, timeSlice };
  const follower = createRowDocuments(retrieval.follow);
  // One for all stores, as what it bounds is the process's.
  const budget = new Semaphore({ permits: limits.predictionRows });
  return {
    auth: () => authRoutes(auth),
    ess: (store) => {
      const pretty = { textOf: createTextOf(store), replyTextLength, timeSlice };
      return essRoutes(createEssService({ store, index, clock, pretty, follower, bounds }), timeSlice);
    },
    sequence: (store) => sequenceRoutes(createSequenceService({ store, clock, audit, follower })),
    embedding: (store) => embeddingRoutes(createEmbeddingService({ store, clock, audit })),
    prediction: (store) => {
      const bounded = { budget, numbers, textLength: replyTextLength, timeSlice };
      const service = createPredictionService({ store, index, predictor: successorCounts, clock, ...bounded });
      return predictionRoutes(service, { textOf: createTextOf(store), timeSlice });
    },
    document: (store) => documentRoutes(createDocumentService({ store, clock, audit, onEmbedded: retrieval.follow })),
    response: (store) => responseRoutes(createResponseService({ store })),
    retrieval: () => retrievalRoutes(retrieval),
    module: (store) => moduleRoutes(createModuleService({ store })),
    user: (store) => userRoutes(createUserService({ store, clock, passwords, audit })),
    key: (store) => keyRoutes(createKeyService({ store, times, audit })),
    audit: () => auditRoutes(audit),
    limits: () => limitsRoutes(limits),
  };
}
