import { createPasswords, owaspCost } from "../password/password.js";
import { createHashingQueue } from "../password/hashing-queue.js";
import { createKeyService, type KeyService } from "../api-key/service.js";
import { createUserService, type UserService } from "../user/service.js";
import type { Terminal } from "./command.js";
import { type Access, withData } from "./data.js";

/** The users and keys of a data folder, whether a server has it open or not. */
export interface Accounts {
  readonly users: UserService;
  readonly keys: KeyService;
}

/**
 * Opens the accounts of the data folder that the environment names, for one task.
 *
 * @throws ConfigError, StoreUnusableError, ClockJumpError, and what `work` throws.
 */
export async function withAccounts<T>(
  terminal: Terminal,
  access: Access,
  work: (accounts: Accounts) => Promise<T>,
): Promise<T> {
  return withData(terminal, access, ({ store, times, audit }) => {
    const passwords = createPasswords(owaspCost, createHashingQueue({ concurrency: 1, maxWaiting: 1 }));
    return work({
      users: createUserService({ store, clock: times.now, passwords, audit }),
      keys: createKeyService({ store, times, audit }),
    });
  });
}
