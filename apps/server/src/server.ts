import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import pino, { type DestinationStream, type Logger } from "pino";
import { createApp } from "./app.js";
import { ensureAdministrator } from "./auth/administrator.js";
import { owaspCost, type PasswordCost } from "./auth/password.js";
import { type AuthService, createAuthService } from "./auth/service.js";
import { type Clock, systemClock } from "./clock.js";
import { type Config, readConfig } from "./config.js";
import { answerClientErrors } from "./http/client-error.js";
import { createDrain } from "./http/drain.js";
import { createHttpServer } from "./http/server-factory.js";
import { createStateIndex } from "./search/state-index.js";
import { openSqliteStore } from "./store/sqlite/sqlite-store.js";

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:2580`, without `/v1`. */
  readonly url: string;
  /** The folder that holds the data. */
  readonly dataFolder: string;
  readonly username: string;
  /** The password generated on this start; undefined where none was. */
  readonly generatedPassword: string | undefined;
  /** Takes no new requests, answers those under way, closes the store. */
  close(): Promise<void>;
}

/** What tests and embedders may replace; the defaults are right for a server. */
export interface ServerOptions {
  readonly clock?: Clock;
  readonly passwordCost?: PasswordCost;
  /** Where log lines go; standard error by default. */
  readonly logDestination?: DestinationStream;
}

const purgeInterval = 3_600_000;

/**
 * Starts a server as an environment says; see `config.ts` for its variables.
 *
 * @throws ConfigError when the environment is wrong.
 * @throws StoreUnusableError when the data folder cannot be used.
 * @throws Error with `code` `EADDRINUSE` and the like when it cannot listen.
 */
export async function startServer(
  environment: Readonly<Record<string, string | undefined>>,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const config = readConfig(environment);
  const logger = pino({ level: config.logLevel }, options.logDestination ?? pino.destination({ fd: 2, sync: true }));
  const clock = options.clock ?? systemClock();
  const passwordCost = options.passwordCost ?? owaspCost;
  const dataFolder = resolve(config.data);
  const store = await openSqliteStore({ folder: dataFolder });
  try {
    const generatedPassword = await ensureAdministrator({ store, clock, passwordCost }, config);
    const auth = createAuthService({
      store,
      clock,
      passwordCost,
      sessionIdle: config.sessionIdle,
      sessionLifetime: config.sessionLifetime,
      onTouchError: (error) => logger.warn({ err: error }, "the use of a session could not be noted"),
    });
    const index = createStateIndex({ reader: store, memoryBudget: config.searchMemory });
    const listening = await listen(createApp({ store, index, auth, clock, logger, config }), config);
    const stopPurging = purgeRegularly(auth, logger);
    logger.info({ url: listening.url, data: dataFolder }, "listening");
    return {
      url: listening.url,
      dataFolder,
      username: config.username,
      generatedPassword,
      close: async () => {
        stopPurging();
        await listening.drain();
        await store.close();
        logger.info("stopped");
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function listen(app: ReturnType<typeof createApp>, config: Config) {
  const server = createHttpServer(app, config);
  answerClientErrors(server);
  const drain = createDrain(server, config.drainTimeout);
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(config.port, config.host, () => {
      server.off("error", failed);
      listening();
    });
  });
  const { port, family, address } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  return { url: `http://${host}:${port}`, drain };
}

function purgeRegularly(auth: AuthService, logger: Logger): () => void {
  const timer = setInterval(() => {
    auth.purge().catch((error: unknown) => logger.warn({ err: error }, "expired sessions could not be deleted"));
  }, purgeInterval).unref();
  return () => clearInterval(timer);
}
