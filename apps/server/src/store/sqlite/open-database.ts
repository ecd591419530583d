import { StoreUnusableError } from "../store.js";
import { Connection } from "./connection.js";
import { documentSearch, type DocumentSearch, renewDocumentIndex } from "./document-index.js";
import { migrate, requireNewest } from "./migrate.js";

/** How a database is opened. */
export interface DatabaseOptions {
  /** What it may grow to, in bytes; no limit by default. */
  readonly maxBytes?: number;
  /** Whether other processes have it open too; its schema is then left as it is. */
  readonly shared?: boolean;
}

/** The connections of a store to its database: one that writes, one that reads and one that searches. */
export interface OpenDatabase {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly search: DocumentSearch;
  close(): void;
}

const pageBytes = 4096;

/**
 * How far the write-ahead log grows before its pages move into the database: 4 MB. Flushing a file
 * that grows costs twice as much as flushing one that is written over, so that the log should start
 * over soon; a much shorter one would move pages more often than it gains.
 */
const checkpointPages = 1000;

/** What the log is cut back to after a larger transaction; well above its usual size, to be written over. */
const logBytes = 16 * checkpointPages * pageBytes;

/** How long a read waits for a foreign program that recovers the database, in milliseconds. */
const readPatience = 2_000;

/** How long the first write waits for another process that writes, in milliseconds. */
const firstPatience = 5_000;

/**
 * Opens a database file, which must exist, and brings its schema up to date.
 *
 * @throws StoreUnusableError when it is another program's, or a newer server's; errors of SQLite and of the medium.
 */
export function openDatabase(path: string, { maxBytes, shared = false }: DatabaseOptions): OpenDatabase {
  const opened: Connection[] = [];
  const open = (): Connection => {
    const connection = new Connection(path);
    opened.push(connection);
    return connection;
  };
  const close = (): void => {
    for (const connection of opened.splice(0).toReversed()) connection.close();
  };
  try {
    const writer = open();
    // One that joins or leaves holds the database for a moment; later on nothing may wait on this thread.
    writer.exec(`PRAGMA busy_timeout = ${firstPatience}; PRAGMA foreign_keys = ON`);
    (shared ? requireNewest : migrate)(writer, path);
    if (!shared) requireWritable(writer);
    prepareWriter(writer, path, { maxBytes, checkpointPages: shared ? 0 : checkpointPages });
    if (!shared) renewDocumentIndex(writer);
    writer.exec("PRAGMA busy_timeout = 0");
    const reader = open();
    reader.exec(`PRAGMA query_only = ON; PRAGMA busy_timeout = ${readPatience}`);
    const searcher = open();
    searcher.exec(`PRAGMA busy_timeout = ${readPatience}`);
    return { writer, reader, search: documentSearch(searcher), close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * A server on data that it may only read would start, and fail at each write. Beginning to write shows
 * nothing, as SQLite then begins to read instead; the write of what is there already changes nothing.
 */
function requireWritable(writer: Connection): void {
  writer.exec(`BEGIN IMMEDIATE; ${sameVersion(writer)}; ROLLBACK`);
}

/** A write of what is there already. */
export function sameVersion(writer: Connection): string {
  return `PRAGMA user_version = ${Number(writer.value("PRAGMA user_version"))}`;
}

interface WriterSettings {
  readonly maxBytes: number | undefined;
  readonly checkpointPages: number;
}

function prepareWriter(writer: Connection, path: string, { maxBytes, checkpointPages }: WriterSettings): void {
  if (writer.value("PRAGMA journal_mode = WAL") !== "wal") {
    throw new StoreUnusableError(`${path} lies on a file system without shared memory. Choose another data folder.`);
  }
  // FULL flushes the log at each commit; fullfsync makes macOS flush the drive's own cache too.
  writer.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA wal_autocheckpoint = ${checkpointPages};
    PRAGMA journal_size_limit = ${logBytes};
  `);
  if (maxBytes !== undefined) writer.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
}
