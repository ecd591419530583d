import { setTimeout } from "node:timers/promises";
import type { GroupTransaction } from "../group-commit.js";
import type { Revocations } from "../revocations.js";
import { type Reader, StoreBusyError, StoreFailedError, type Transaction } from "../port/store.js";
import { accountReads, accountWrites } from "./statements/account-statements.js";
import { auditReads, auditWrites } from "./statements/audit-statements.js";
import { changeLog, changeReads } from "./statements/change-statements.js";
import { collectionCounters } from "./statements/collection-counters.js";
import { clockReads, clockWrites } from "./statements/clock-statements.js";
import { Committer } from "./committer.js";
import type { Connection } from "./database/connection.js";
import { documentReads, documentWrites, type LongDocumentWrites } from "./statements/document-statements.js";
import { documentVectorReads, documentVectorWrites } from "./statements/document-vector-statements.js";
import { embeddingReads, embeddingWrites } from "./statements/embedding-statements.js";
import type { EssCache } from "./statements/ess-cache.js";
import { essReads, essWrites, type LongEssWrites } from "./statements/ess-statements.js";
import { idempotencyReads, idempotencyWrites } from "./statements/idempotency-statements.js";
import { keyReads, keyWrites } from "./statements/key-statements.js";
import { moduleConfigurationReads, moduleConfigurationWrites } from "./statements/module-configuration-statements.js";
import { moduleCounters, moduleReads, moduleWrites } from "./statements/module-statements.js";
import { responseReads, responseWrites } from "./statements/response-statements.js";
import { secretReads, secretWrites } from "./statements/secret-statements.js";
import { sequenceReads, sequenceWrites } from "./statements/sequence-statements.js";
import { timeRepairReads, timeRepairWrites } from "./maintenance/time-repairs.js";
import type { OpenDatabase } from "./open-database.js";
import { type Gate, type MostlySynchronous, portMaker, type Synchronous } from "./database/synchronous.js";
import { Savepoints } from "./database/savepoints.js";
import { sqliteCode } from "./database/storage-errors.js";

/** Everything that can be read, on one connection. */
export function sqliteReads(connection: Connection): Synchronous<Reader> {
  const ess = essReads(connection);
  return {
    ...moduleReads(connection),
    ...moduleConfigurationReads(connection),
    ...ess,
    ...sequenceReads(connection, ess),
    ...embeddingReads(connection),
    ...documentReads(connection),
    ...documentVectorReads(connection),
    ...responseReads(connection),
    ...changeReads(connection),
    ...accountReads(connection),
    ...keyReads(connection),
    ...auditReads(connection),
    ...idempotencyReads(connection),
    ...secretReads(connection),
    ...clockReads(connection),
    ...timeRepairReads(connection),
  };
}

/** The writes that may take several turns of the event loop. */
type LongWrites = LongEssWrites | LongDocumentWrites;

/** Is called with the transactions of this process. */
export interface Followers {
  readonly revocations: Revocations;
  /** Undefined where the folder is shared: then another process may have a cache, and states stay as they are. */
  readonly essCache: EssCache | undefined;
  /** The disk has failed the connection: from now on every transaction fails. */
  failed(error: StoreFailedError): void;
}

function sqliteCalls(
  connection: Connection,
  { revocations, essCache }: Pick<Followers, "revocations" | "essCache">,
): MostlySynchronous<Transaction, LongWrites> {
  const plain = sqliteReads(connection);
  const reads: Synchronous<Reader> = {
    ...plain,
    // Nothing that a transaction reads is cached: it may have written it itself, and be rolled back.
    ess: (moduleId, id) => essCache?.getWithin(moduleId, id) ?? plain.ess(moduleId, id),
    hasEss: (moduleId, id) => essCache?.getWithin(moduleId, id) !== undefined || plain.hasEss(moduleId, id),
  };
  const noteUpdate = (moduleId: string, id: number): void => {
    if (essCache === undefined) throw new Error("a store that shares its folder must not update states");
    essCache.noteUpdate(moduleId, id);
  };
  const counters = moduleCounters(connection);
  const collections = collectionCounters(connection);
  const log = changeLog(connection);
  return {
    ...reads,
    ...moduleWrites(connection),
    ...moduleConfigurationWrites(connection, log),
    ...essWrites(connection, reads, counters, log, noteUpdate),
    ...sequenceWrites(connection, reads, counters, log),
    ...embeddingWrites(connection, reads, counters, log),
    ...documentWrites(connection, reads, collections),
    ...documentVectorWrites(connection),
    ...responseWrites(connection, collections),
    ...accountWrites(connection, revocations),
    ...keyWrites(connection, revocations),
    ...auditWrites(connection, collections),
    ...idempotencyWrites(connection),
    ...secretWrites(connection),
    ...clockWrites(connection),
    ...timeRepairWrites(connection, noteUpdate),
  };
}

/**
 * The transactions of the one connection of this process that writes. All runs on the calling thread
 * but the longer waits for the disk.
 *
 * @param patience How long a transaction waits for another process that writes, in milliseconds.
 * @param followers Are called with what is written, once it is, and when the disk fails.
 */
export function sqliteTransactions(
  { writer: connection, log }: Pick<OpenDatabase, "writer" | "log">,
  patience: number,
  followers: Followers,
): GroupTransaction<Transaction> {
  const committer = new Committer(connection, log);
  const portOf = portMaker<Transaction, LongWrites>(sqliteCalls(connection, followers));
  const savepoints = new Savepoints(connection);
  let failure: StoreFailedError | undefined;
  /** Passes an error on; one of the disk ends the use of the connection. */
  const noteFailure = (error: unknown): unknown => {
    const found = failureOf(error);
    if (found !== undefined && failure === undefined) {
      failure = found;
      followers.failed(found);
    }
    return error;
  };
  const ended = (): void => {
    savepoints.clear();
    followers.revocations.ended();
    followers.essCache?.ended();
  };
  const rollback = (): void => {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    ended();
  };
  return {
    begin: async () => {
      if (failure !== undefined) throw failure;
      try {
        // Left over only where a rollback has failed.
        rollback();
        await beginPatiently(connection, patience);
      } catch (error) {
        throw noteFailure(error);
      }
    },
    savepoint: () => savepoints.set(),
    rollbackToSavepoint: () => savepoints.rollbackTo(),
    commit: async (units) => {
      try {
        await committer.commit(units);
      } catch (error) {
        throw noteFailure(error);
      } finally {
        // Also where it failed: an error may come after the commit is on the disk.
        ended();
      }
    },
    checkpoint: () => committer.checkpoint(),
    rollback,
    isActive: () => connection.inTransaction,
    enter: () => {
      const gate = new UnitOfWorkGate(noteFailure);
      return { tx: portOf(gate), leave: () => gate.close() };
    },
  };
}

/**
 * Tries again and again while another process writes, without blocking the calling thread. SQLite's own
 * busy handler tries ten times a second, which would hardly ever be between two transactions of a server
 * that writes without a pause.
 *
 * @throws StoreBusyError when the patience is used up.
 */
async function beginPatiently(connection: Connection, patience: number): Promise<void> {
  for (const deadline = performance.now() + patience; ;) {
    try {
      // Not a prepared statement: one that finds the database busy counts as under way until it runs again.
      connection.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (sqliteCode(error) !== "SQLITE_BUSY") throw error;
      if (performance.now() > deadline)
        throw new StoreBusyError("another program writes to the data", { cause: error });
    }
    await setTimeout(1 + 2 * Math.random());
  }
}

/**
 * The failure of the disk that an error comes from. After a flush that failed the system takes data for written that
 * is not on the disk. That is so whatever the reason, so that a lack of space in a flush counts too.
 */
function failureOf(error: unknown): StoreFailedError | undefined {
  if (error instanceof StoreFailedError) return error;
  const { cause } = error as Error;
  if (sqliteCode(cause) !== "SQLITE_IOERR_FSYNC") return undefined;
  return new StoreFailedError(`the medium failed: ${(cause as Error).message}`, { cause });
}

/** Lets the calls of one unit of work through, until one of them has failed or the unit has ended. */
class UnitOfWorkGate implements Gate {
  #isOpen = true;
  #failure: Error | undefined;
  readonly #onFailed: (error: Error) => void;

  constructor(onFailed: (error: Error) => void) {
    this.#onFailed = onFailed;
  }

  enter(): void {
    if (!this.#isOpen) throw new Error("a transaction was used after its unit of work had ended");
    if (this.#failure) throw this.#failure;
  }

  failed(error: Error): void {
    this.#failure ??= error;
    this.#onFailed(error);
  }

  /** Returns the first error that a call met. */
  close(): Error | undefined {
    this.#isOpen = false;
    return this.#failure;
  }
}
