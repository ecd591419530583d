import { resolve } from "node:path";
import { createAuditLog } from "../audit/audit-log.js";
import { createPasswords, owaspCost } from "../auth/password.js";
import { WorkQueue } from "../auth/work-queue.js";
import { goOnFrom, systemClock } from "../clock.js";
import { readConfig } from "../config.js";
import { createKeyService, type KeyService } from "../key/service.js";
import { openStore } from "../open-store.js";
import { createUserService, type UserService } from "../user/service.js";
import type { Terminal } from "./command.js";

/** The users and keys of a data folder, whether a server has it open or not. */
export interface Accounts {
  readonly users: UserService;
  readonly keys: KeyService;
}

/**
 * Opens the accounts of the data folder that the environment names, for one piece of work.
 *
 * @throws ConfigError, StoreUnusableError, and what `work` throws.
 */
export async function withAccounts<T>({ environment }: Terminal, work: (accounts: Accounts) => Promise<T>): Promise<T> {
  const config = readConfig(environment);
  const store = await openStore({ folder: resolve(config.data), shared: true });
  try {
    const clock = goOnFrom(await store.newestTime(), systemClock());
    const passwords = createPasswords(owaspCost, new WorkQueue({ concurrency: 1, maxWaiting: 1 }));
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
    return await work({
      users: createUserService({ store, clock, passwords, audit }),
      keys: createKeyService({ store, clock, audit }),
    });
  } finally {
    await store.close();
  }
}
