import type { Logger } from "pino";
import { type AuditLog, createAuditLog } from "./audit/audit-log.js";
import { createLoginGuard } from "./auth/login-guard.js";
import { createAuthService } from "./auth/service.js";
import type { Config } from "./config/config.js";
import { createTimeSlice } from "./event-loop/time-slice.js";
import { createReadiness, type WatchedStore } from "./health/readiness.js";
import { createIdempotencyService } from "./idempotency/service.js";
import type { Limits } from "./limits/limits.js";
import { createLiveSockets } from "./live/live-sockets.js";
import type { Metrics } from "./metrics/metrics.js";
import { timedIndex } from "./metrics/timed-index.js";
import { createHashingQueue } from "./password/hashing-queue.js";
import { createPasswords, type PasswordCost } from "./password/password.js";
import { createRetrieval } from "./retrieval/retrieval.js";
import { createStateIndex } from "./search/state-index.js";
import { ensureSecret } from "./store/ensure-secret.js";
import { openClock } from "./time/open-clock.js";
import type { TimeSource } from "./time/time-source.js";
import type { Times } from "./time/times.js";

/** What the services of a process are built on. */
export interface Foundation {
  readonly config: Config;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly store: WatchedStore;
  readonly time: TimeSource;
  readonly passwordCost: PasswordCost;
}

/** The services of which a process has one each, whatever they are called for. */
export type Services = Awaited<ReturnType<typeof createServices>>;

/** Logins that may wait for their turn; at OWASP's cost, their last waits for some seconds. */
const maxWaitingLogins = 64;

/** @throws ClockJumpError when the system's clock is more than a day after the newest time of the data, and not confirmed. */
export async function createServices(foundation: Foundation) {
  const { config, limits, logger, metrics, store } = foundation;
  const clock = await openServerClock(foundation);
  const { times } = clock;
  const audit = createAuditLog({
    store,
    times,
    retention: config.auditRetention,
    limit: config.auditEntries,
    onError: (error) => logger.warn({ err: error }, "the audit log could not be written"),
  });
  const timeSlice = createTimeSlice();
  const index = createStateIndex({ reader: store, memoryBudget: config.searchMemory, timeSlice });
  return {
    clock,
    times,
    timeSlice,
    audit,
    ...createLogins(foundation, times, audit),
    idempotency: createIdempotencyService({ store, times, limits: limits.keptReplies }),
    cursorSecret: await ensureSecret(store, "cursor"),
    index: timedIndex(index, metrics),
    readiness: createReadiness(store),
    live: createLiveSockets(times.timer, {
      connections: config.wsConnections,
      connectionsPerUser: config.wsConnectionsPerUser,
      bytesPerSecond: config.wsBytesPerSecond,
      pingInterval: config.wsPing,
      drainTimeout: config.drainTimeout,
    }),
    retrieval: createRetrieval({
      store,
      clock: times.now,
      timeSlice,
      config,
      onError: (error, cost) => logger.warn({ err: error }, cost),
    }),
  };
}

function openServerClock({ config, logger, metrics, store, time }: Foundation) {
  return openClock({
    store,
    source: time,
    confirmed: config.confirmClock,
    onWarning: ({ kind, seconds, text }) => {
      metrics.clockStepped(kind);
      logger.warn({ clock: kind, seconds }, text);
    },
  });
}

/** Checks who calls, and bounds how often a login can be tried. */
function createLogins({ config, logger, store, passwordCost }: Foundation, times: Times, audit: AuditLog) {
  const queue = createHashingQueue({ concurrency: config.loginConcurrency, maxWaiting: maxWaitingLogins });
  const passwords = createPasswords(passwordCost, queue);
  const guard = createLoginGuard({
    clock: times.timer,
    queue,
    pairRate: config.loginFailures,
    addressRate: config.loginFailuresAddress,
  });
  const auth = createAuthService({
    store,
    times,
    passwords,
    audit,
    guard,
    sessionIdle: config.sessionIdle,
    sessionLifetime: config.sessionLifetime,
    onTouchError: (error) => logger.warn({ err: error }, "the use of a session or a key could not be noted"),
  });
  return { passwords, auth };
}
