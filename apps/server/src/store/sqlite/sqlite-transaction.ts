import { setTimeout } from "node:timers/promises";
import type { Entered, GroupTransaction } from "../group-commit.js";
import type { Reader, Transaction } from "../store.js";
import { accountReads, accountWrites } from "./account-statements.js";
import { auditReads, auditWrites } from "./audit-statements.js";
import { changeLog, changeReads } from "./change-statements.js";
import { collectionCounters } from "./collection-counters.js";
import { type Connection, sqliteCode } from "./connection.js";
import { documentReads, documentWrites } from "./document-statements.js";
import { documentVectorReads, documentVectorWrites } from "./document-vector-statements.js";
import { embeddingReads, embeddingWrites } from "./embedding-statements.js";
import { essReads, essWrites } from "./ess-statements.js";
import { idempotencyReads, idempotencyWrites } from "./idempotency-statements.js";
import { keyReads, keyWrites } from "./key-statements.js";
import { moduleConfigurationReads, moduleConfigurationWrites } from "./module-configuration-statements.js";
import { moduleCounters, moduleReads, moduleWrites } from "./module-statements.js";
import { responseReads, responseWrites } from "./response-statements.js";
import { secretReads, secretWrites } from "./secret-statements.js";
import { sequenceReads, sequenceWrites } from "./sequence-statements.js";
import { type Synchronous, toPort } from "./synchronous.js";

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
  };
}

function sqliteCalls(connection: Connection): Synchronous<Transaction> {
  const reads = sqliteReads(connection);
  const counters = moduleCounters(connection);
  const collections = collectionCounters(connection);
  const log = changeLog(connection);
  return {
    ...reads,
    ...moduleWrites(connection),
    ...moduleConfigurationWrites(connection, log),
    ...essWrites(connection, reads, counters, log),
    ...sequenceWrites(connection, reads, counters, log),
    ...embeddingWrites(connection, reads, counters, log),
    ...documentWrites(connection, reads, collections),
    ...documentVectorWrites(connection),
    ...responseWrites(connection, collections),
    ...accountWrites(connection),
    ...keyWrites(connection),
    ...auditWrites(connection, collections),
    ...idempotencyWrites(connection),
    ...secretWrites(connection),
  };
}

/**
 * The transactions of the one connection of this process that writes. All runs on the calling thread
 * but the wait for the medium in `commit`.
 *
 * @param patience How long a transaction waits for another process that writes, in milliseconds.
 */
export function sqliteTransactions(connection: Connection, patience: number): GroupTransaction<Transaction> {
  const calls = sqliteCalls(connection);
  const mark = connection.prepare("SAVEPOINT work");
  const undo = connection.prepare("ROLLBACK TO work");
  const release = connection.prepare("RELEASE work");
  const rollback = (): void => {
    if (connection.inTransaction) connection.exec("ROLLBACK");
  };
  return {
    begin: async () => {
      // Left over only where a rollback has failed.
      rollback();
      await beginPatiently(connection, patience);
    },
    mark: () => void mark.run(),
    keep: () => void release.run(),
    undo: () => {
      undo.run();
      release.run();
    },
    commit: () => connection.execOffThread("COMMIT"),
    rollback,
    stands: () => connection.inTransaction,
    enter: () => enter(calls),
  };
}

/**
 * Tries again and again while another process writes, without holding up the calling thread. SQLite's
 * own way of waiting asks ten times a second: a server that writes without a pause would hardly ever be
 * met between two of its transactions.
 */
async function beginPatiently(connection: Connection, patience: number): Promise<void> {
  for (const deadline = performance.now() + patience; ;) {
    try {
      // Not a prepared statement: one that finds the database busy counts as under way until it runs again.
      connection.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (sqliteCode(error) !== "SQLITE_BUSY" || performance.now() > deadline) throw error;
    }
    await setTimeout(1 + 2 * Math.random());
  }
}

function enter(calls: Synchronous<Transaction>): Entered<Transaction> {
  let isOpen = true;
  let failure: Error | undefined;
  const tx = toPort<Transaction>(calls, {
    enter: () => {
      if (!isOpen) throw new Error("a transaction was used after its work had ended");
      if (failure) throw failure;
    },
    failed: (error) => {
      failure ??= error;
    },
  });
  return {
    tx,
    leave: () => {
      isOpen = false;
      return failure;
    },
  };
}
