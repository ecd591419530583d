import { statSync } from "node:fs";
import { join } from "node:path";
import { StoreDamagedError, StoreUnusableError } from "../../port/store.js";
import { Connection } from "../database/connection.js";
import { isLogKnown } from "../disk/placeholder.js";
import { closeSettled } from "../disk/settle.js";
import { contentDigest } from "./content-digest.js";
import { checkIntegrity } from "./integrity-checks.js";
import { presentVersion } from "../database/migrate.js";
import type { OnProgress } from "../database/progress.js";
import { sqliteCode } from "../database/storage-errors.js";

/** The result of reading and checking all of a database. */
export interface Verification {
  /** The version of its schema. */
  readonly version: number;
  /** What is wrong, each issue in a line; empty where nothing is. */
  readonly issues: readonly string[];
  /** See `contentDigest`; undefined where there are issues. */
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

/** The same for a data folder that was not closed in order. Closing the database moves its log, so its pages get their sums first. */
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
    const issues = checkIntegrity(connection, version, onProgress);
    if (issues.length > 0) return { version, issues, digest: undefined, rows: new Map() };
    return { version, issues, ...contentDigest(connection, onProgress) };
  } finally {
    // Closing alone would leave it open until the garbage of its statements is collected.
    if (connection.inTransaction) connection.exec("ROLLBACK");
  }
}

/** @throws StoreUnusableError with the issues, when there are any. */
export function requireIntact({ issues }: Verification, path: string): void {
  if (issues.length === 0) return;
  throw new StoreUnusableError(`${path} is damaged:\n${issues.map((issue) => `  ${issue}`).join("\n")}`);
}

/** An error of SQLite as operators see it. */
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
