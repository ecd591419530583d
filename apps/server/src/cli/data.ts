import { resolve } from "node:path";
import { type AuditLog, createAuditLog } from "../audit/audit-log.js";
import { readConfig } from "../config/config.js";
import { openStore } from "../open-store.js";
import type { Store } from "../store/port/store.js";
import { openClock } from "../time/open-clock.js";
import { systemTime } from "../time/time-source.js";
import type { Times } from "../time/times.js";
import type { Terminal } from "./command.js";

/** What a command does with the data: one that only reads has no use for a clock that is right. */
export type Access = "read" | "write";

/** A data folder that a command works on, whether a server has it open or not. */
export interface Data {
  readonly store: Store;
  readonly times: Times;
  readonly audit: AuditLog;
}

/**
 * Opens the data folder that the environment names, for one task.
 *
 * @throws ConfigError, StoreUnusableError, and what `work` throws; ClockJumpError where it writes.
 */
export async function withData<T>(terminal: Terminal, access: Access, work: (data: Data) => Promise<T>): Promise<T> {
  const config = readConfig(terminal.environment);
  const store = await openStore({ folder: resolve(config.data), shared: true });
  try {
    return await withClock(terminal, access, store, (times) => {
      const audit = createAuditLog({
        store,
        times,
        retention: config.auditRetention,
        limit: config.auditEntries,
        // No entry is written here outside the transaction that it is about.
        onError: (error) => {
          throw error;
        },
      });
      return work({ store, times, audit });
    });
  } finally {
    await store.close();
  }
}

/** Takes the time for a task on a store. @throws what `work` throws; ClockJumpError where it writes. */
export async function withClock<T>(
  { environment, writeErr }: Terminal,
  access: Access,
  store: Store,
  work: (times: Times) => Promise<T>,
): Promise<T> {
  const { confirmClock } = readConfig(environment);
  const writes = access === "write";
  const clock = await openClock({
    store,
    source: systemTime,
    confirmed: writes ? confirmClock : Number.MAX_SAFE_INTEGER,
    onWarning: ({ text }) => {
      if (writes) writeErr(`${text}\n`);
    },
  });
  const result = await work(clock.times);
  if (writes && clock.hasNews) {
    await clock
      .keep()
      .catch((error: unknown) => writeErr(`the time could not be stored for the next start: ${String(error)}\n`));
  }
  return result;
}
