import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { StoreUnusableError } from "../../port/store.js";
import { Connection } from "./connection.js";
import { sqliteCode } from "./storage-errors.js";

/** Lets the folder go. */
type Unlock = () => void;

/** Transactions of SQLite: beside an immediate one others may read. */
type Kind = "IMMEDIATE" | "EXCLUSIVE";

/** How long a server waits for a command to have looked at the files, and how long between two attempts, in milliseconds. */
const patience = 60_000;
const pause = 20;

/**
 * Holds a data folder for this store alone. The lock is a transaction on a file of its own that
 * never ends, so that the operating system releases it when the process dies, however it dies.
 * It is held against other stores of the same process too.
 *
 * @throws StoreUnusableError when another store holds the folder.
 */
export function lockFolder(folder: string): Unlock {
  const unlock = lock(folder, "EXCLUSIVE");
  if (unlock !== undefined) return unlock;
  throw new StoreUnusableError(
    `the data folder ${folder} is in use by another server. Stop that server, or choose another data folder.`,
  );
}

/**
 * The same, once no command looks at the files: see `lockToLook`.
 *
 * @throws StoreUnusableError when another store holds the folder.
 */
export async function lockFolderPatiently(folder: string): Promise<Unlock> {
  return (await lockPatiently(folder, "EXCLUSIVE")) ?? lockFolder(folder);
}

/**
 * Holds a data folder for the moment in which a command looks at its files. Servers and other commands wait for it.
 *
 * @returns Undefined where a store holds the folder.
 */
export async function lockToLook(folder: string): Promise<Unlock | undefined> {
  return lockPatiently(folder, "IMMEDIATE");
}

/** Who looks lets others read the file of the lock meanwhile; a store does not. */
async function lockPatiently(folder: string, kind: Kind): Promise<Unlock | undefined> {
  for (const deadline = performance.now() + patience; ;) {
    const unlock = lock(folder, kind);
    if (unlock !== undefined) return unlock;
    if (!isReadable(folder) || performance.now() > deadline) return undefined;
    await setTimeout(pause);
  }
}

function isReadable(folder: string): boolean {
  const connection = new Connection(join(folder, "eca.lock"));
  try {
    connection.exec("SELECT count(*) FROM sqlite_schema");
    return true;
  } catch (error) {
    if (sqliteCode(error) !== "SQLITE_BUSY") throw error;
    return false;
  } finally {
    connection.close();
  }
}

/** @returns Undefined where another transaction keeps this kind of one from beginning. */
function lock(folder: string, kind: Kind): Unlock | undefined {
  // No prepared statement here: `close` alone must let go of the file.
  const connection = new Connection(join(folder, "eca.lock"));
  try {
    connection.exec(`PRAGMA journal_mode = MEMORY; BEGIN ${kind}`);
  } catch (error) {
    connection.close();
    if (sqliteCode(error) !== "SQLITE_BUSY") throw error;
    return undefined;
  }
  return () => connection.close();
}
