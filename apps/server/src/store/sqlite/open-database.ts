import { StoreDamagedError, StoreUnusableError } from "../port/store.js";
import { Connection } from "./database/connection.js";
import { adoptDatabase, adoptMovedLog } from "./disk/prepare-database.js";
import { LogMover } from "./disk/log-mover.js";
import { closeSettled } from "./disk/settle.js";
import { SumsKeeper } from "./disk/sums-keeper.js";
import { documentSearch, type DocumentSearch, renewDocumentIndex } from "./statements/document-index.js";
import { knownVersion, migrate, requireNewest } from "./database/migrate.js";

/** How a database is opened. */
export interface DatabaseOptions {
  /** What it may grow to, in bytes; no limit by default. */
  readonly maxBytes?: number;
  /** Whether other processes have it open too; its schema is then left as it is. */
  readonly shared?: boolean;
  /** How many frames its log had when it was looked at before. */
  readonly logFrames?: number;
}

/** The connections of a store to its database: one that writes, one that reads and one that searches. */
export interface OpenDatabase {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly search: DocumentSearch;
  readonly log: LogMover;
  /** The last one to close moves the log into the database; what fails in it is done at the next start. */
  close(): Promise<void>;
}

const pageBytes = 4096;

/** What the log is cut back to after a larger transaction; well above its usual size, to be written over. */
const logBytes = 64 * 2 ** 20;

/** How long a read waits for a foreign program that recovers the database, in milliseconds. */
const readPatience = 2_000;

/** How long the first write waits for another process that writes, in milliseconds. */
const firstPatience = 5_000;

/**
 * Opens a database file, which must exist, and brings its schema up to date.
 *
 * @throws StoreUnusableError when it is another program's, or a newer server's; errors of SQLite and of the disk.
 */
export async function openDatabase(
  path: string,
  { maxBytes, shared = false, logFrames = 0 }: DatabaseOptions,
): Promise<OpenDatabase> {
  const opened: Connection[] = [];
  const keeper = new SumsKeeper(path);
  const open = (): Connection => {
    const connection = new Connection(path);
    opened.push(connection);
    return connection;
  };
  const close = async (): Promise<void> => {
    const [last, ...others] = opened.splice(0);
    for (const connection of others.toReversed()) connection.close();
    keeper.close();
    if (last !== undefined) await closeSettled(last, path, true);
  };
  try {
    const writer = open();
    // One that joins or leaves holds the database for a moment; later on nothing may wait on this thread.
    writer.exec(`PRAGMA busy_timeout = ${firstPatience}; PRAGMA foreign_keys = ON`);
    (shared ? requireNewest : knownVersion)(writer, path);
    prepareWriter(writer, path);
    if (!shared) {
      // Before anything is written: from now on all that is lies in the log first.
      await adoptDatabase(path);
      await adoptMovedLog(path, keeper.frames(), logFrames);
      migrate(writer, path);
    }
    // Only now: a limit is for what users write.
    if (maxBytes !== undefined) limitSize(writer, maxBytes);
    if (!shared) {
      requireWritable(writer);
      renewIndex(writer);
    }
    writer.exec("PRAGMA busy_timeout = 0");
    const reader = open();
    reader.exec(`PRAGMA query_only = ON; PRAGMA busy_timeout = ${readPatience}`);
    const searcher = open();
    searcher.exec(`PRAGMA busy_timeout = ${readPatience}`);
    const log = new LogMover({ writer, guard: open(), keeper });
    // What a server that was killed has left, or a migration.
    if (!shared && keeper.mark() > 0) await log.move().catch(() => undefined);
    return { writer, reader, search: documentSearch(searcher), log, close };
  } catch (error) {
    // What is wrong with closing is wrong with what came before.
    await close().catch(() => undefined);
    throw error;
  }
}

/** Damage to documents or their index concerns those alone who search them. */
function renewIndex(writer: Connection): void {
  try {
    renewDocumentIndex(writer);
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) throw error;
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

function limitSize(writer: Connection, maxBytes: number): void {
  writer.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
}

function prepareWriter(writer: Connection, path: string): void {
  if (writer.value("PRAGMA journal_mode = WAL") !== "wal") {
    throw new StoreUnusableError(`${path} lies on a file system without shared memory. Choose another data folder.`);
  }
  // FULL flushes the log at each commit; fullfsync makes macOS flush the drive's own cache too.
  writer.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA journal_size_limit = ${logBytes};
  `);
}
