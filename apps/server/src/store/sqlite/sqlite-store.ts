import { statSync } from "node:fs";
import { join } from "node:path";
import { type CommitReport, GroupCommit } from "../group-commit.js";
import { Revocations } from "../revocations.js";
import {
  type Reader,
  type Store,
  StoreClosedError,
  StoreFullError,
  StoreUnusableError,
  type Transaction,
} from "../store.js";
import { Connection, sqliteCode } from "./connection.js";
import { ensureFolder, ensurePrivateFile } from "./data-folder.js";
import { documentSearch, type DocumentSearch, renewDocumentIndex } from "./document-index.js";
import { EssCache } from "./ess-cache.js";
import { lockFolder } from "./folder-lock.js";
import { migrate, requireNewest } from "./migrate.js";
import { roomOf } from "./room.js";
import { sqliteReads, sqliteTransactions } from "./sqlite-transaction.js";
import { type Synchronous, toPort } from "./synchronous.js";

export interface SqliteStoreOptions {
  /** Holds the data, and nothing else; created where it is missing, for its owner alone. */
  readonly folder: string;
  /** What the database may grow to, in bytes; a write beyond it is refused. No limit by default. */
  readonly maxBytes?: number;
  /** Hears of each commit. */
  readonly onCommit?: (report: CommitReport) => void;
  /**
   * Joins a folder that holds data already, whether a server has it open or not, and keeps nobody out:
   * for commands that change an account or two and are gone. Its schema is left as it is.
   */
  readonly shared?: boolean;
  /** How long a write waits for another process that writes, in milliseconds: 5,000, or 30,000 where the folder is shared. */
  readonly writePatience?: number;
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

/** How long a write waits for another process that writes, in milliseconds: a server, and one that joins it. */
const writePatience = 5_000;
const joinedWritePatience = 30_000;

/**
 * Opens the store of a data folder: one SQLite database, one connection that writes, one that
 * reads and one that searches, and, unless it is shared, a lock that keeps other servers out.
 *
 * @throws StoreUnusableError when another store holds the folder, a newer server or another program
 * wrote the database, it is damaged, or the folder cannot be used.
 * @throws StoreFullError when the medium has no room for the first write.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { folder, maxBytes, shared = false } = options;
  const path = join(folder, "eca.db");
  const opened: { close(): void }[] = [];
  const closeAll = (): void => {
    for (const each of opened.splice(0).toReversed()) each.close();
  };
  try {
    if (shared) {
      requireData(folder, path);
    } else {
      ensureFolder(folder);
      opened.push({ close: lockFolder(folder) });
      ensurePrivateFile(path);
    }
    const writer = new Connection(path);
    opened.push(writer);
    // One that joins or leaves holds the database for a moment; later on nothing may wait on this thread.
    writer.exec(`PRAGMA busy_timeout = ${writePatience}; PRAGMA foreign_keys = ON`);
    (shared ? requireNewest : migrate)(writer, path);
    if (!shared) requireWritable(writer);
    prepareWriter(writer, path, { maxBytes, checkpointPages: shared ? 0 : checkpointPages });
    if (!shared) renewDocumentIndex(writer);
    writer.exec("PRAGMA busy_timeout = 0");
    const reader = new Connection(path);
    opened.push(reader);
    reader.exec(`PRAGMA query_only = ON; PRAGMA busy_timeout = ${readPatience}`);
    const searcher = new Connection(path);
    opened.push(searcher);
    searcher.exec(`PRAGMA busy_timeout = ${readPatience}`);
    return assemble(writer, reader, { ...options, path, search: documentSearch(searcher), closeAll });
  } catch (error) {
    closeAll();
    throw toOpenError(error, folder, path);
  }
}

function requireData(folder: string, path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  throw new StoreUnusableError(
    `${folder} holds no data. Start the server there first, or set ECA_DATA to its data folder.`,
  );
}

/**
 * A server on data that it may only read would start, and fail at each write. Beginning to write tells
 * nothing, as SQLite then begins to read instead; the write of what is there already changes nothing.
 */
function requireWritable(writer: Connection): void {
  const version = Number(writer.value("PRAGMA user_version"));
  writer.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${version}; ROLLBACK`);
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

interface Assembly extends Omit<SqliteStoreOptions, "folder"> {
  readonly path: string;
  readonly search: DocumentSearch;
  readonly closeAll: () => void;
}

function assemble(writer: Connection, reader: Connection, options: Assembly): Store {
  const { path, maxBytes, shared = false, onCommit, search, closeAll } = options;
  const essCache = shared ? undefined : new EssCache();
  const reads = cachedReads(sqliteReads(reader), essCache);
  const room = roomOf(reader, path, maxBytes);
  const revocations = new Revocations();
  const patience = options.writePatience ?? (shared ? joinedWritePatience : writePatience);
  const transactions = sqliteTransactions(writer, patience, { revocations, essCache });
  const commits = new GroupCommit<Transaction>(transactions, { onCommit });
  let closed: Promise<void> | undefined;
  const requireOpen = (): void => {
    if (closed) throw new StoreClosedError("the store is closed");
  };
  const close = async (): Promise<void> => {
    await Promise.all([commits.idle(), search.idle()]);
    // Everything is in the log already; this only spares the next start from reading it, so that a
    // medium without room for it is no reason to complain.
    if (!shared) await writer.execOffThread("PRAGMA wal_checkpoint(TRUNCATE)").catch(() => undefined);
    closeAll();
  };
  return {
    ...toPort<Reader>(reads, { enter: requireOpen }),
    room: async () => {
      requireOpen();
      return room();
    },
    searchDocuments: async (terms, limit) => {
      requireOpen();
      return search.searchDocuments(terms, limit);
    },
    transact: async (work) => {
      requireOpen();
      return commits.run(work);
    },
    revocations: () => revocations.count,
    close: () => (closed ??= close()),
  };
}

/** The same reads, states by their ids by way of the cache where there is one. */
function cachedReads(reads: Synchronous<Reader>, cache: EssCache | undefined): Synchronous<Reader> {
  if (cache === undefined) return reads;
  return {
    ...reads,
    ess: (moduleId, id) => {
      const known = cache.get(moduleId, id);
      if (known !== undefined) return known;
      const row = reads.ess(moduleId, id);
      if (row !== undefined) cache.put(row);
      return row;
    },
    essPage: (moduleId, wanted) => cache.page(moduleId, wanted, (page) => reads.essPage(moduleId, page)),
  };
}

function toOpenError(error: unknown, folder: string, path: string): unknown {
  if (error instanceof StoreUnusableError || error instanceof StoreFullError) return error;
  const cause = { cause: error };
  if (sqliteCode(error) === "SQLITE_NOTADB" || sqliteCode(error) === "SQLITE_CORRUPT") {
    return new StoreUnusableError(
      `${path} is damaged or no database. Restore it from a backup, or choose another data folder.`,
      cause,
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreUnusableError(`the data folder ${folder} cannot be used: ${reason}`, cause);
}
