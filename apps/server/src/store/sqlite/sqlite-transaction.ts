import type { Entered, GroupTransaction } from "../group-commit.js";
import type { Reader, Transaction } from "../store.js";
import { accountReads, accountWrites } from "./account-statements.js";
import { auditReads, auditWrites } from "./audit-statements.js";
import { changeLog, changeReads } from "./change-statements.js";
import { collectionCounters } from "./collection-counters.js";
import { type Connection, sqliteCode } from "./connection.js";
import { documentReads, documentWrites } from "./document-statements.js";
import { embeddingReads, embeddingWrites } from "./embedding-statements.js";
import { essReads, essWrites } from "./ess-statements.js";
import { idempotencyReads, idempotencyWrites } from "./idempotency-statements.js";
import { keyReads, keyWrites } from "./key-statements.js";
import { moduleCounters, moduleReads, moduleWrites } from "./module-statements.js";
import { responseReads, responseWrites } from "./response-statements.js";
import { secretReads, secretWrites } from "./secret-statements.js";
import { sequenceReads, sequenceWrites } from "./sequence-statements.js";
import { type Synchronous, toPort } from "./synchronous.js";

/** How long to wait for a foreign program that writes to the database, in milliseconds. */
const patience = 5_000;

/** Everything that can be read, on one connection. */
export function sqliteReads(connection: Connection): Synchronous<Reader> {
  const ess = essReads(connection);
  return {
    ...moduleReads(connection),
    ...ess,
    ...sequenceReads(connection, ess),
    ...embeddingReads(connection),
    ...documentReads(connection),
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
    ...essWrites(connection, reads, counters, log),
    ...sequenceWrites(connection, reads, counters, log),
    ...embeddingWrites(connection, reads, counters, log),
    ...documentWrites(connection, reads, collections),
    ...responseWrites(connection, collections),
    ...accountWrites(connection),
    ...keyWrites(connection),
    ...auditWrites(connection, collections),
    ...idempotencyWrites(connection),
    ...secretWrites(connection),
  };
}

/**
 * The transactions of the one connection that writes. All runs on the calling thread but the wait
 * for the medium in `commit`.
 */
export function sqliteTransactions(connection: Connection): GroupTransaction<Transaction> {
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
      try {
        // Not a prepared statement: one that finds the database busy counts as under way until it runs again.
        connection.exec("BEGIN IMMEDIATE");
      } catch (error) {
        if (sqliteCode(error) !== "SQLITE_BUSY") throw error;
        await beginPatiently(connection);
      }
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

/** A foreign program holds the database; waiting for it must not hold up the calling thread. */
async function beginPatiently(connection: Connection): Promise<void> {
  connection.exec(`PRAGMA busy_timeout = ${patience}`);
  try {
    await connection.execOffThread("BEGIN IMMEDIATE");
  } finally {
    connection.exec("PRAGMA busy_timeout = 0");
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
