import { join } from "node:path";
import { type CommitReport, GroupCommit } from "../group-commit.js";
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
import { lockFolder } from "./folder-lock.js";
import { migrate } from "./migrate.js";
import { sqliteReads, sqliteTransactions } from "./sqlite-transaction.js";
import { toPort } from "./synchronous.js";

export interface SqliteStoreOptions {
  /** Holds the data, and nothing else; created where it is missing, for its owner alone. */
  readonly folder: string;
  /** What the database may grow to, in bytes; a write beyond it is refused. No limit by default. */
  readonly maxBytes?: number;
  /** Hears of each commit. */
  readonly onCommit?: (report: CommitReport) => void;
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

/**
 * Opens the store of a data folder: one SQLite database, one connection that writes and one that
 * reads, and a lock that keeps other stores out.
 *
 * @throws StoreUnusableError when another store holds the folder, a newer server or another program
 * wrote the database, it is damaged, or the folder cannot be used.
 * @throws StoreFullError when the medium has no room for the first write.
 */
export async function openSqliteStore({ folder, maxBytes, onCommit }: SqliteStoreOptions): Promise<Store> {
  const path = join(folder, "eca.db");
  const opened: { close(): void }[] = [];
  const closeAll = (): void => {
    for (const each of opened.splice(0).toReversed()) each.close();
  };
  try {
    ensureFolder(folder);
    opened.push({ close: lockFolder(folder) });
    ensurePrivateFile(path);
    const writer = new Connection(path);
    opened.push(writer);
    prepareWriter(writer, path, maxBytes);
    const reader = new Connection(path);
    opened.push(reader);
    reader.exec(`PRAGMA query_only = ON; PRAGMA busy_timeout = ${readPatience}`);
    return assemble(writer, reader, closeAll, onCommit);
  } catch (error) {
    closeAll();
    throw toOpenError(error, folder, path);
  }
}

function prepareWriter(writer: Connection, path: string, maxBytes: number | undefined): void {
  // `busy_timeout` waits on the calling thread; `sqliteTransactions` waits on another one.
  writer.exec("PRAGMA busy_timeout = 0; PRAGMA foreign_keys = ON");
  migrate(writer, path);
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

function assemble(
  writer: Connection,
  reader: Connection,
  closeAll: () => void,
  onCommit: SqliteStoreOptions["onCommit"],
): Store {
  const commits = new GroupCommit<Transaction>(sqliteTransactions(writer), { onCommit });
  let closed: Promise<void> | undefined;
  const requireOpen = (): void => {
    if (closed) throw new StoreClosedError("the store is closed");
  };
  const close = async (): Promise<void> => {
    await commits.idle();
    // Everything is in the log already; this only spares the next start from reading it, so that a
    // medium without room for it is no reason to complain.
    await writer.execOffThread("PRAGMA wal_checkpoint(TRUNCATE)").catch(() => undefined);
    closeAll();
  };
  return {
    ...toPort<Reader>(sqliteReads(reader), { enter: requireOpen }),
    transact: async (work) => {
      requireOpen();
      return commits.run(work);
    },
    close: () => (closed ??= close()),
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
