import { join } from "node:path";
import { StoreUnusableError } from "../store.js";
import { Connection } from "./connection.js";
import { sqliteCode } from "./storage-errors.js";

/** Lets the folder go. */
type Unlock = () => void;

/**
 * Holds a data folder for this store alone. The lock is a transaction on a file of its own that
 * never ends, so that the operating system releases it when the process dies, however it dies.
 * It is held against other stores of the same process too.
 *
 * @throws StoreUnusableError when another store holds the folder.
 */
export function lockFolder(folder: string): Unlock {
  // No prepared statement here: `close` alone must let go of the file.
  const connection = new Connection(join(folder, "eca.lock"));
  try {
    connection.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    connection.close();
    if (sqliteCode(error) !== "SQLITE_BUSY") throw error;
    throw new StoreUnusableError(
      `the data folder ${folder} is in use by another server. Stop that server, or choose another data folder.`,
      { cause: error },
    );
  }
  return () => connection.close();
}
