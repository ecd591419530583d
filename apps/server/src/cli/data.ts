import { resolve } from "node:path";
import { type AuditLog, createAuditLog } from "../audit/audit-log.js";
import { type Clock, goOnFrom, systemClock } from "../clock.js";
import { readConfig } from "../config.js";
import { openStore } from "../open-store.js";
import type { Store } from "../store/store.js";
import type { Terminal } from "./command.js";

/** A data folder that a command works on, whether a server has it open or not. */
export interface Data {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: AuditLog;
}

/**
 * Opens the data folder that the environment names, for one piece of work.
 *
 * @throws ConfigError, StoreUnusableError, and what `work` throws.
 */
export async function withData<T>({ environment }: Terminal, work: (data: Data) => Promise<T>): Promise<T> {
  const config = readConfig(environment);
  const store = await openStore({ folder: resolve(config.data), shared: true });
  try {
    const clock = goOnFrom(await store.newestTime(), systemClock());
    const audit = createAuditLog({
      store,
      clock,
      retention: config.auditRetention,
      limit: config.auditEntries,
      // Nothing here is noted outside the transaction that it tells of.
      onError: (error) => {
        throw error;
      },
    });
    return await work({ store, clock, audit });
  } finally {
    await store.close();
  }
}
