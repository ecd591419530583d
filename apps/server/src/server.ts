import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import pino, { type DestinationStream } from "pino";
import { createApp } from "./app.js";
import { ensureAdministrator } from "./auth/administrator.js";
import { type Config, readConfig, variablesOfPrograms } from "./config/config.js";
import { type WatchedStore, watchWrites } from "./health/readiness.js";
import { type Listening, listen } from "./http/server/listen.js";
import { toLimits } from "./limits/limits.js";
import { createMetrics } from "./metrics/metrics.js";
import { openStore } from "./open-store.js";
import { owaspCost, type PasswordCost } from "./password/password.js";
import { purgeRegularly } from "./purge-regularly.js";
import { createServices, type Foundation, type Services } from "./services.js";
import { unlessDamaged } from "./store/unless-damaged.js";
import { keepClock } from "./time/keep-clock.js";
import { systemTime, type TimeSource } from "./time/time-source.js";
import { serverVersion } from "./version.js";

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
  readonly time?: TimeSource;
  readonly passwordCost?: PasswordCost;
  /** Opens the store; that of a data folder by default. */
  readonly openStore?: typeof openStore;
  /** Where log lines go; standard error by default. */
  readonly logDestination?: DestinationStream;
}

/**
 * Starts a server as an environment says; see `config/settings.ts` for its variables.
 *
 * @throws ConfigError when the environment is wrong, or would set a password that is easy to guess.
 * @throws StoreUnusableError when the data folder cannot be used.
 * @throws ClockJumpError when the system's clock is more than a day after the newest time of the data, and not confirmed.
 * @throws Error with `code` `EADDRINUSE` and the like when it cannot listen.
 */
export async function startServer(
  environment: Readonly<Record<string, string | undefined>>,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const config = readConfig(environment);
  const limits = toLimits(config);
  const logger = pino({ level: config.logLevel }, options.logDestination ?? pino.destination({ fd: 2, sync: true }));
  for (const variable of variablesOfPrograms(environment)) {
    logger.warn({ variable }, "the variable is for programs that call a server; it is no setting and was ignored");
  }
  const metrics = createMetrics();
  const store = await openWatchedStore({ config, logger, metrics, open: options.openStore ?? openStore });
  const { time = systemTime, passwordCost = owaspCost } = options;
  const foundation = { config, limits, logger, metrics, store, time, passwordCost };
  try {
    const services = await createServices(foundation);
    const listening = await listen(createApp({ ...foundation, ...services }), { config, limits, logger });
    // Only now: a start that cannot listen must not use up the password that is shown once.
    const generatedPassword = await ensureLogin(foundation, services).catch(async (error: unknown) => {
      await listening.abandon();
      throw error;
    });
    const close = await serve(foundation, services, listening);
    const { url } = listening;
    const dataFolder = dataFolderOf(config);
    logger.info({ version: serverVersion, url, data: dataFolder }, "listening");
    return { url, dataFolder, username: config.username, generatedPassword, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

const dataFolderOf = ({ data }: Pick<Config, "data">): string => resolve(data);

interface StoreOptions extends Pick<Foundation, "config" | "logger" | "metrics"> {
  readonly open: typeof openStore;
}

/** Opens the store; readiness, metrics and the log receive what happens to it. */
async function openWatchedStore({ config, logger, metrics, open }: StoreOptions): Promise<WatchedStore> {
  const store = await open({
    folder: dataFolderOf(config),
    ...(config.dataLimit !== undefined && { maxBytes: config.dataLimit }),
    onCommit: (report) => metrics.committed(report),
    onFailed: (error) => {
      metrics.storeFailed();
      logger.error({ err: error }, "the disk has failed: nothing is served until the data was opened anew");
    },
    checkInterval: config.dataCheck,
    onNotice: ({ level, text, details }) => logger[level](details ?? {}, text),
    onReopened: () => logger.warn("the data was opened anew and checked: the server serves again"),
  });
  return watchWrites(store);
}

/** Makes sure that there is an administrator, and returns the password that was generated for one. */
async function ensureLogin(
  { config, logger, store }: Foundation,
  { times, passwords, audit }: Services,
): Promise<string | undefined> {
  const onWeakPassword = (text: string): void => logger.warn(text);
  const ensured = ensureAdministrator({ store, clock: times.now, passwords, audit, onWeakPassword }, config);
  return unlessDamaged(ensured, (error) => {
    logger.error({ err: error }, "the data is damaged: whether the administrator is there could not be seen");
    return undefined;
  });
}

/** Lets requests in and begins what runs beside them. Returns what ends all of it, and closes the store. */
async function serve(
  { config, logger, metrics, store }: Foundation,
  { clock, times, auth, audit, idempotency, index, readiness, live, retrieval }: Services,
  listening: Listening,
): Promise<() => Promise<void>> {
  metrics.watch({
    index: () => index.stats(),
    sessions: () => unlessDamaged(auth.liveSessions(), () => undefined),
    diskUsage: () => store.diskUsage(),
    damagedPages: () => store.damage().pages,
    connections: listening.connections,
    liveSockets: () => live.size,
    liveFramesLeftOut: () => live.leftOut,
    clockAhead: () => times.ahead(),
  });
  const stopKeeping = await keepClock(clock, (error) => {
    logger.warn({ err: error }, "the time could not be stored for the next start");
  });
  retrieval.start();
  listening.serve();
  const stopPurging = purgeRegularly({ store, times, auth, audit, idempotency }, logger);
  return async () => {
    stopPurging();
    readiness.stop();
    if (config.drainDelay !== undefined) await setTimeout(config.drainDelay);
    await Promise.all([live.close(), listening.drain()]);
    await retrieval.close();
    await audit.close();
    await stopKeeping();
    await store.close();
    logger.info("stopped");
  };
}
