import { statSync } from "node:fs";
import { join } from "node:path";
import { StoreDamagedError, StoreUnusableError } from "../../store.js";
import { Connection } from "../database/connection.js";
import { isLogKnown } from "../disk/placeholder.js";
import { closeSettled } from "../disk/settle.js";
import { contentDigest } from "./content-digest.js";
import { findFaults } from "./faults.js";
import { presentVersion } from "../database/migrate.js";
import type { OnProgress } from "../database/progress.js";
import { sqliteCode } from "../database/storage-errors.js";

/** What a look at all of a database came to. */
export interface Verification {
  /** The version of its schema. */
  readonly version: number;
  /** What is wrong, each in a line; empty where nothing is. */
  readonly faults: readonly string[];
  /** See `contentDigest`; undefined where there are faults. */
  readonly digest: string | undefined;
  /** How many rows there are, by table. */
  readonly rows: ReadonlyMap<string, number>;
}

/** How long to wait for a server that starts or stops, in milliseconds. */
const patience = 10_000;

/** Opens a database file that others may be writing to, to read it alone. @throws StoreUnusableError. */
export function openToRead(path: string): Connection {
  const connection = new Connection(path);
  connection.exec(`PRAGMA query_only = ON; PRAGMA busy_timeout = ${patience}`);
  return connection;
}

/**
 * The database in a data folder, or a backup of one.
 *
 * @throws StoreUnusableError when there is none.
 */
export function databaseAt(path: string): string {
  const isThere = (entry: string) => statSync(entry, { throwIfNoEntry: false });
  const file = isThere(path)?.isDirectory() === true ? join(path, "eca.db") : path;
  if (isThere(file) !== undefined) return file;
  throw new StoreUnusableError(
    `${path} holds no data. Name the data folder of a server or a backup, or set ECA_DATA to the folder.`,
  );
}

/**
 * Looks at all of a database as it is at one moment, in a data folder or a backup, whether a server
 * writes to it or not: whether its pages are sound, ids, revisions, counters and the change log agree,
 * and aggregates have their components.
 *
 * @throws StoreUnusableError when it cannot be opened, is empty or no database of ours, or a newer server wrote it.
 */
export function verifyDatabase(path: string, onProgress: OnProgress = () => {}): Verification {
  const file = databaseAt(path);
  try {
    const connection = openToRead(file);
    try {
      return verify(connection, file, onProgress);
    } finally {
      connection.close();
    }
  } catch (error) {
    throw toUnusable(error, file);
  }
}

/** The same of the database of a data folder that was not closed as it should be, whose log would be moved by the way. */
export async function verifySettled(file: string, onProgress: OnProgress): Promise<Verification> {
  try {
    const isKnown = isLogKnown(file);
    const connection = openToRead(file);
    try {
      return verify(connection, file, onProgress);
    } finally {
      await closeSettled(connection, file, isKnown);
    }
  } catch (error) {
    throw toUnusable(error, file);
  }
}

function verify(connection: Connection, file: string, onProgress: OnProgress): Verification {
  // One transaction, so that all of it is read as of the same moment.
  connection.exec("BEGIN");
  try {
    const version = presentVersion(connection, file);
    const faults = findFaults(connection, version, onProgress);
    if (faults.length > 0) return { version, faults, digest: undefined, rows: new Map() };
    return { version, faults, ...contentDigest(connection, onProgress) };
  } finally {
    // Closing alone would leave it standing until the garbage of its statements is collected.
    if (connection.inTransaction) connection.exec("ROLLBACK");
  }
}

/** @throws StoreUnusableError when there are faults; it tells them. */
export function requireSound({ faults }: Verification, path: string): void {
  if (faults.length === 0) return;
  throw new StoreUnusableError(`${path} is damaged:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
}

/** An error of SQLite as the operator is told of it. */
export function toUnusable(error: unknown, path: string): unknown {
  if (error instanceof StoreDamagedError) {
    return new StoreUnusableError(`${path} is damaged or no database`, { cause: error });
  }
  const code = sqliteCode(error);
  if (code?.startsWith("SQLITE_") === true) {
    return new StoreUnusableError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return error;
}
