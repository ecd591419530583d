import { existsSync } from "node:fs";
import { type Connection, releaseFiles } from "../database/connection.js";
import { logBeside } from "./layout.js";
import { leavePlaceholder } from "./placeholder.js";
import { SumsKeeper } from "./sums-keeper.js";

/** How long to wait for a transaction of another process, in milliseconds. */
const patience = 2_000;

/**
 * Closes a connection to the database of a data folder, or to a copy of one. The last one to close lets SQLite move the
 * write-ahead log into the database, so that the pages in it must have their sums before: without them the next
 * start would take them for damaged. Each connection that may be the last of all processes is closed so. An open
 * transaction is rolled back.
 *
 * @param database The path of its file.
 * @param isKnown Whether the log was the one of the sums when the connection was opened (`isLogKnown`). Else another program has
 * left pages without sums. They must not get any before a start has checked them: all is left as it is.
 */
export async function closeSettled(connection: Connection, database: string, isKnown: boolean): Promise<void> {
  let isSettled = false;
  try {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    isSettled = isKnown && (await settle(connection, database));
  } finally {
    connection.close();
  }
  if (!isSettled) return;
  // The last connection takes the log away with it.
  await releaseFiles(() => !existsSync(logBeside(database)));
  try {
    leavePlaceholder(database);
  } catch {
    // Another process opens the database just now, or the disk fails: then damage may be taken for a program's writes.
  }
}

/**
 * Gives the pages in the log their sums, unless another process goes on writing: then this is not the last one.
 *
 * @returns Whether it has.
 */
async function settle(connection: Connection, database: string): Promise<boolean> {
  const keeper = new SumsKeeper(database);
  try {
    if (!keeper.isKept()) return false;
    connection.exec(`PRAGMA query_only = OFF; PRAGMA busy_timeout = ${patience}; BEGIN IMMEDIATE`);
    await keeper.settle();
    return true;
  } catch {
    // Another process writes, the folder may only be read, or the disk fails: the next start does the rest.
    return false;
  } finally {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    keeper.close();
  }
}
