import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import pino, { type DestinationStream, type Logger } from "pino";
import { createApp } from "./app.js";
import { createAuditLog } from "./audit/audit-log.js";
import { ensureAdministrator } from "./auth/administrator.js";
import { createLoginGuard } from "./auth/login-guard.js";
import { createPasswords, owaspCost, type PasswordCost } from "./password/password.js";
import { createAuthService } from "./auth/service.js";
import { createHashingQueue } from "./password/hashing-queue.js";
import { type Config, readConfig, variablesOfPrograms } from "./config/config.js";
import { createReadiness, watchWrites } from "./health/readiness.js";
import { replyToClientErrors } from "./http/server/client-error.js";
import { watchConnections } from "./http/server/connection-totals.js";
import { createDrain } from "./http/server/drain.js";
import { queueRequests } from "./http/server/queue-requests.js";
import { createHttpServer } from "./http/server/server-factory.js";
import { serveUpgrades } from "./http/server/upgrades.js";
import { createMetrics } from "./metrics/metrics.js";
import { timedIndex } from "./metrics/timed-index.js";
import { createIdempotencyService } from "./idempotency/service.js";
import { type Limits, toLimits } from "./limits/limits.js";
import { createLiveSockets } from "./live/live-sockets.js";
import { createRetrieval } from "./retrieval/retrieval.js";
import { createStateIndex } from "./search/state-index.js";
import { createTimeSlice } from "./event-loop/time-slice.js";
import { ensureSecret } from "./store/ensure-secret.js";
import { openStore } from "./open-store.js";
import { unlessDamaged } from "./store/unless-damaged.js";
import { purgeRegularly } from "./purge-regularly.js";
import { keepClock } from "./time/keep-clock.js";
import { openClock } from "./time/open-clock.js";
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

/** Logins that may wait for their turn; at OWASP's cost, their last waits for some seconds. */
const maxWaitingLogins = 64;

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
  const queue = createHashingQueue({ concurrency: config.loginConcurrency, maxWaiting: maxWaitingLogins });
  const passwords = createPasswords(options.passwordCost ?? owaspCost, queue);
  const dataFolder = resolve(config.data);
  const metrics = createMetrics();
  const store = watchWrites(
    await (options.openStore ?? openStore)({
      folder: dataFolder,
      ...(config.dataLimit !== undefined && { maxBytes: config.dataLimit }),
      onCommit: (report) => metrics.committed(report),
      onFailed: (error) => {
        metrics.storeFailed();
        logger.error({ err: error }, "the disk has failed: nothing is served until the data was opened anew");
      },
      checkInterval: config.dataCheck,
      onNotice: ({ level, text, details }) => logger[level](details ?? {}, text),
      onReopened: () => logger.warn("the data was opened anew and checked: the server serves again"),
    }),
  );
  try {
    const clock = await openClock({
      store,
      source: options.time ?? systemTime,
      confirmed: config.confirmClock,
      onWarning: ({ kind, seconds, text }) => {
        metrics.clockStepped(kind);
        logger.warn({ clock: kind, seconds }, text);
      },
    });
    const { times } = clock;
    const audit = createAuditLog({
      store,
      times,
      retention: config.auditRetention,
      limit: config.auditEntries,
      onError: (error) => logger.warn({ err: error }, "the audit log could not be written"),
    });
    const auth = createAuthService({
      store,
      times,
      passwords,
      audit,
      guard: createLoginGuard({
        clock: times.timer,
        queue,
        pairRate: config.loginFailures,
        addressRate: config.loginFailuresAddress,
      }),
      sessionIdle: config.sessionIdle,
      sessionLifetime: config.sessionLifetime,
      onTouchError: (error) => logger.warn({ err: error }, "the use of a session or a key could not be noted"),
    });
    const idempotency = createIdempotencyService({ store, times, limits: limits.keptReplies });
    const cursorSecret = await ensureSecret(store, "cursor");
    const timeSlice = createTimeSlice();
    const index = timedIndex(
      createStateIndex({ reader: store, memoryBudget: config.searchMemory, timeSlice }),
      metrics,
    );
    const readiness = createReadiness(store);
    const live = createLiveSockets(times.timer, {
      connections: config.wsConnections,
      connectionsPerUser: config.wsConnectionsPerUser,
      bytesPerSecond: config.wsBytesPerSecond,
      pingInterval: config.wsPing,
      drainTimeout: config.drainTimeout,
    });
    const retrieval = createRetrieval({
      store,
      clock: times.now,
      timeSlice,
      config,
      onError: (error, cost) => logger.warn({ err: error }, cost),
    });
    const listening = await listen(
      createApp({
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
      }),
      { config, limits, logger },
    );
    // Only now: a start that cannot listen must not use up the password that is shown once.
    const generatedPassword = await unlessDamaged(
      ensureAdministrator(
        { store, clock: times.now, passwords, audit, onWeakPassword: (text) => logger.warn(text) },
        config,
      ),
      (error) => {
        logger.error({ err: error }, "the data is damaged: whether the administrator is there could not be seen");
        return undefined;
      },
    ).catch(async (error: unknown) => {
      await listening.abandon();
      throw error;
    });
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
    logger.info({ version: serverVersion, url: listening.url, data: dataFolder }, "listening");
    return {
      url: listening.url,
      dataFolder,
      username: config.username,
      generatedPassword,
      close: async () => {
        stopPurging();
        readiness.stop();
        if (config.drainDelay !== undefined) await setTimeout(config.drainDelay);
        await Promise.all([live.close(), listening.drain()]);
        await retrieval.close();
        await audit.close();
        await stopKeeping();
        await store.close();
        logger.info("stopped");
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface ListenOptions {
  readonly config: Config;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** Begins to listen; requests wait until `serve` is called. */
async function listen(app: ReturnType<typeof createApp>, { config, limits, logger }: ListenOptions) {
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
