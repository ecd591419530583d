import type { Connection } from "../connection.js";
import { SumsKeeper } from "./sums-keeper.js";

/** How long to wait for a transaction of another process, in milliseconds. */
const patience = 2_000;

/**
 * Closes a connection to the database of a data folder, or to a copy of one. The last one to close lets SQLite move the
 * write-ahead log into the database, so that the pages in it must have their sums before: without them the next
 * start would take them for damaged. Each connection that may be the last of all processes is closed so. A transaction
 * that stands is rolled back.
 *
 * @param database The path of its file.
 */
export async function closeSettled(connection: Connection, database: string): Promise<void> {
  try {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    await settle(connection, database);
  } finally {
    connection.close();
  }
}

/** Gives the pages in the log their sums, unless another process goes on writing: then this is not the last one. */
async function settle(connection: Connection, database: string): Promise<void> {
  const keeper = new SumsKeeper(database);
  try {
    if (!keeper.isKept()) return;
    connection.exec(`PRAGMA query_only = OFF; PRAGMA busy_timeout = ${patience}; BEGIN IMMEDIATE`);
    await keeper.settle();
  } catch {
    // Another process writes, the folder may only be read, or the medium fails: the next start sees to the rest.
  } finally {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    keeper.close();
  }
}
