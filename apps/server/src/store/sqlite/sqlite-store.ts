import { type CommitReport, GroupCommit } from "../group-commit.js";
import { Revocations } from "../revocations.js";
import {
  type Reader,
  type Store,
  type StoreDamage,
  StoreClosedError,
  StoreDamagedError,
  type StoreFailedError,
  StoreFullError,
  StoreUnusableError,
  type Transaction,
} from "../port/store.js";
import { releaseFiles } from "./database/connection.js";
import { databaseIn, ensureFolder, ensurePrivateFile, holdsData } from "./database/data-folder.js";
import type { DamagedPage } from "./disk/damaged-list.js";
import { damagedPagesOf, type DiskNotice, prepareDatabase, type PrepareOptions } from "./disk/prepare-database.js";
import type { Inspection } from "./disk/inspect-folder.js";
import { recheckRegularly } from "./disk/recheck.js";
import { EssCache } from "./statements/ess-cache.js";
import { lockFolderPatiently, lockToLook } from "./database/folder-lock.js";
import { KeptOpen, type Openable } from "./database/kept-open.js";
import { openDatabase, type OpenDatabase, sameVersion } from "./open-database.js";
import { diskUsageOf } from "./database/disk-usage.js";
import { sqliteReads, sqliteTransactions } from "./sqlite-transaction.js";
import { requireWritableBeside } from "./database/storage-errors.js";
import { type Synchronous, toPort } from "./database/synchronous.js";

export interface SqliteStoreOptions {
  /** Holds the data, and nothing else; created where it is missing, for its owner alone. */
  readonly folder: string;
  /** What the database may grow to, in bytes; a write beyond it fails. No limit by default. */
  readonly maxBytes?: number;
  /** Called with each commit. */
  readonly onCommit?: (report: CommitReport) => void;
  /** Called when the disk fails, and for each attempt to open the data anew that fails. */
  readonly onFailed?: (error: unknown) => void;
  /** Called when the data was opened anew and checked after a failure. */
  readonly onReopened?: () => void;
  /**
   * Opens a folder that holds data already, whether a server has it open or not, and without locking it:
   * for commands that change an account or two and end. Its schema is left as it is.
   */
  readonly shared?: boolean;
  /** After how long all pages are compared with their checksums again, in milliseconds; never by default. */
  readonly checkInterval?: number;
  /** Called with what was found out about the files before they were opened. */
  readonly onNotice?: (notice: DiskNotice) => void;
  /** How long a write waits for another process that writes, in milliseconds: 5,000, or 30,000 where the folder is shared. */
  readonly writePatience?: number;
}

const writePatience = 5_000;
const sharedWritePatience = 30_000;

/**
 * Opens the store of a data folder: one SQLite database, one connection that writes, one that
 * reads and one that searches, and, unless it is shared, a lock that keeps other servers out.
 *
 * @throws StoreUnusableError when another store holds the folder, a newer server or another program
 * wrote the database, it is damaged, or the folder cannot be used.
 * @throws StoreFullError when the disk is full at the first write.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { folder, shared = false } = options;
  const path = databaseIn(folder);
  const preparing = { onNotice: options.onNotice ?? (() => {}) };
  let unlock = (): void => undefined;
  let logFrames = 0;
  try {
    if (shared) {
      requireData(folder);
      await prepareUnserved(folder, path, preparing);
    } else {
      ensureFolder(folder);
      unlock = await lockFolderPatiently(folder);
      logFrames = await prepareDatabase(path, preparing);
      ensurePrivateFile(path);
    }
    return toStore(path, unlock, options, await openDatabase(path, { ...options, logFrames }));
  } catch (error) {
    unlock();
    throw toOpenError(error, folder, path);
  }
}

function requireData(folder: string): void {
  if (holdsData(folder)) return;
  throw new StoreUnusableError(
    `${folder} holds no data. Start the server there first, or set ECA_DATA to its data folder.`,
  );
}

/** What was found damaged at the start, and what is found later. */
function watchDamage(path: string, { shared = false, checkInterval, onNotice = () => {} }: SqliteStoreOptions) {
  const known = damagedPagesOf(path);
  let found: readonly DamagedPage[] = [];
  let isLogDamaged = false;
  const onLooked = ({ damaged: certain, foreign, log }: Inspection): void => {
    // No other program may have it open meanwhile.
    const damaged = [...certain, ...foreign];
    found = damaged.map((page) => ({ page }));
    isLogDamaged = log.isCut || log.restored.size > 0;
    if (found.length === 0 && !isLogDamaged) return;
    onNotice({
      level: "error",
      text: "the data was damaged since the server started: stop it and look at the disk; the next start refuses what is damaged, and says what it is",
      details: { pages: damaged, isLogDamaged },
    });
  };
  const stop =
    shared || checkInterval === undefined
      ? async () => {}
      : recheckRegularly({
          database: path,
          interval: checkInterval,
          onLooked,
          onFailed: (error) =>
            onNotice({
              level: "warn",
              text: "the data could not be compared with its checksums",
              details: { err: error },
            }),
        });
  return {
    known: (): StoreDamage => {
      const { pages, tables } = damageOf([...known, ...found]);
      return isLogDamaged ? { pages: pages + 1, tables: [...tables, "write-ahead log"] } : { pages, tables };
    },
    stop,
  };
}

function damageOf(pages: readonly DamagedPage[]): StoreDamage {
  const tables = new Set(pages.flatMap(({ table }) => table ?? []));
  return { pages: pages.length, tables: [...tables].toSorted() };
}

/** Checks the files as a server does at its start. Where a server serves the folder it has done so itself. */
async function prepareUnserved(folder: string, path: string, preparing: PrepareOptions): Promise<void> {
  const unlock = await lockToLook(folder);
  if (unlock === undefined) return;
  try {
    await prepareDatabase(path, preparing);
  } finally {
    unlock();
  }
}

/** What uses the connections of a database, and is closed with them. */
interface Opened extends Openable {
  readonly reads: Synchronous<Reader>;
  readonly diskUsage: Store["diskUsage"];
  readonly searchDocuments: Store["searchDocuments"];
  readonly commits: GroupCommit<Transaction>;
}

function toStore(path: string, unlock: () => void, options: SqliteStoreOptions, first: OpenDatabase): Store {
  const { shared = false } = options;
  const revocations = new Revocations();
  const essCache = shared ? undefined : new EssCache();
  const failed = (failure: StoreFailedError): void => {
    // What is cached may be of a commit that is not on the disk.
    essCache?.clear();
    // A command ends with its failure.
    if (!shared) data.failed(failure);
  };
  const openOn = (database: OpenDatabase) => opened(database, path, options, { revocations, essCache, failed });
  const data = new KeptOpen<Opened>(openOn(first), {
    reopen: async () => openOn(await reopenDatabase(path, options)),
    onFailed: options.onFailed,
    onReopened: options.onReopened,
  });
  const damage = watchDamage(path, options);
  let closed: Promise<void> | undefined;
  const open = (): Opened => {
    if (closed) throw new StoreClosedError("the store is closed");
    return data.get();
  };
  return {
    ...toPort<Reader>(() => open().reads, Object.keys(data.get().reads) as (keyof Reader)[]),
    diskUsage: async () => open().diskUsage(),
    damage: damage.known,
    requireWritable: async () => {
      open();
      requireWritableBeside(path);
    },
    searchDocuments: async (terms, limit) => open().searchDocuments(terms, limit),
    transact: async (unitOfWork) => open().commits.run(unitOfWork),
    revocations: () => revocations.count,
    close: () =>
      (closed ??= damage
        .stop()
        .then(() => data.close())
        .finally(unlock)),
  };
}

function opened(
  database: OpenDatabase,
  path: string,
  { shared = false, maxBytes, onCommit, writePatience: given }: SqliteStoreOptions,
  followers: Parameters<typeof sqliteTransactions>[2],
): Opened {
  const { reader, search } = database;
  const patience = given ?? (shared ? sharedWritePatience : writePatience);
  const commits = new GroupCommit<Transaction>(sqliteTransactions(database, patience, followers), { onCommit });
  return {
    reads: cachedReads(sqliteReads(reader), followers.essCache),
    diskUsage: diskUsageOf(reader, path, maxBytes),
    searchDocuments: search.searchDocuments,
    commits,
    idle: async () => void (await Promise.all([commits.idle(), search.idle()])),
    close: async () => {
      // Everything is in the log already. This only spares the next start from reading it, so that a full
      // disk is no reason to complain.
      if (!shared) await database.log.move().catch(() => undefined);
      await database.close();
    },
  };
}

/**
 * Opens a database again after the disk has failed. The system may take data for written that never reached the disk.
 * So nothing counts until all that is in the log was written to the database and flushed, and a commit was too.
 */
async function reopenDatabase(path: string, options: SqliteStoreOptions): Promise<OpenDatabase> {
  await releaseFiles();
  const database = await openDatabase(path, options);
  const { writer } = database;
  try {
    await database.log.move();
    await writer.execOffThread(`BEGIN IMMEDIATE; ${sameVersion(writer)}; COMMIT`);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
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
  if (error instanceof StoreDamagedError) {
    return new StoreUnusableError(
      `${path} is damaged or no database. Restore it from a backup, or choose another data folder.`,
      cause,
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreUnusableError(`the data folder ${folder} cannot be used: ${reason}`, cause);
}
