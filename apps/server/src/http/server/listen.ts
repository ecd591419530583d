import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import type { Logger } from "pino";
import type { Config } from "../../config/config.js";
import type { Limits } from "../../limits/limits.js";
import { replyToClientErrors } from "./client-error.js";
import { watchConnections } from "./connection-totals.js";
import { createDrain } from "./drain.js";
import { queueRequests } from "./queue-requests.js";
import { createHttpServer } from "./server-factory.js";
import { serveUpgrades } from "./upgrades.js";

interface ListenOptions {
  readonly config: Pick<Config, "host" | "port" | "drainTimeout">;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** A server that listens. */
export type Listening = Awaited<ReturnType<typeof listen>>;

/**
 * Begins to listen; requests wait until `serve` is called.
 *
 * @throws Error with `code` `EADDRINUSE` and the like when it cannot.
 */
export async function listen(app: Express, { config, limits, logger }: ListenOptions) {
  const server = createHttpServer(app, limits);
  const held = queueRequests(server, app);
  replyToClientErrors(server, { logger, limits });
  serveUpgrades(server);
  const drain = createDrain(server, config.drainTimeout);
  const connections = watchConnections(server);
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(config.port, config.host, () => {
      server.off("error", failed);
      listening();
    });
  });
  const { port, family, address } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  return {
    url: `http://${host}:${port}`,
    drain,
    connections,
    serve: () => held.release(),
    /** Ends a start that has failed: nobody who waits gets a reply. */
    abandon: async () => {
      held.drop();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
