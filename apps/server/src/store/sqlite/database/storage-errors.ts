import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { StoreDamagedError, StoreFailedError, StoreFullError, StoreReadOnlyError } from "../../port/store.js";

/** The name of SQLite's result code that an error carries: `SQLITE_BUSY`. */
export function sqliteCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * Codes of failures whose reason only a write of one's own shows: SQLite has one for any error of the system but
 * ENOSPC. The index of the write-ahead log (SHMSIZE) has one even for that.
 */
const unclear = new Set(["SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_SHMSIZE"]);

/**
 * Codes of pages that are not as SQLite writes them. A page that the disk cannot read (EIO) has the same ones:
 * CORRUPTFS, and for the first page NOTADB.
 */
const damaged = /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/;

/**
 * The system's errors for a full disk, a quota that is used up, and a file that may not grow. By number, as
 * Node has no name for a quota's.
 */
const diskFull = new Set([constants.errno.ENOSPC, constants.errno.EDQUOT, constants.errno.EFBIG]);

/** Its errors for a file system that is mounted read-only, and a folder that may not be written to. */
const readOnly = new Set([constants.errno.EROFS, constants.errno.EACCES, constants.errno.EPERM]);

/** More than the rest of a block that a write on a full disk may have left. */
const trialBytes = 65_536;

/**
 * An error of SQLite as the store's own, where the disk is its reason; any other as it is. Where the code does not
 * say the reason, a file is written beside the database and removed.
 *
 * @param database The path of the database's file.
 */
export function toStoreError(error: unknown, database: string): unknown {
  const code = sqliteCode(error) ?? "";
  const cause = { cause: error };
  if (code === "SQLITE_FULL") return fullError(cause);
  if (code.startsWith("SQLITE_READONLY")) return readOnlyError(cause);
  if (damaged.test(code)) return new StoreDamagedError(`the data is damaged: ${(error as Error).message}`, cause);
  if (!code.startsWith("SQLITE_IOERR")) return error;
  const reason = unclear.has(code) ? tryToWrite(database) : undefined;
  if (reason === undefined && code === "SQLITE_IOERR_SHMSIZE") return fullError(cause);
  return toDiskError(reason, cause) ?? new StoreFailedError(`the medium failed: ${(error as Error).message}`, cause);
}

/**
 * Checks that files beside the database can be written.
 *
 * @throws StoreFullError, StoreReadOnlyError or StoreFailedError where they cannot.
 */
export function requireWritableBeside(database: string): void {
  const reason = tryToWrite(database);
  if (reason === undefined) return;
  const cause = { cause: reason };
  throw toDiskError(reason, cause) ?? new StoreFailedError(`the medium failed: ${reason.message}`, cause);
}

const fullError = (options: ErrorOptions) => new StoreFullError("the data folder is full", options);
const readOnlyError = (options: ErrorOptions) => new StoreReadOnlyError("the data folder is read-only", options);

function toDiskError(reason: NodeJS.ErrnoException | undefined, options: ErrorOptions): Error | undefined {
  const errno = Math.abs(reason?.errno ?? 0);
  if (diskFull.has(errno)) return fullError(options);
  return readOnly.has(errno) ? readOnlyError(options) : undefined;
}

/**
 * Writes a file beside the database, as far from its beginning as the longest file of the database reaches, and
 * removes it. Returns the error of the system that it met.
 */
function tryToWrite(database: string): NodeJS.ErrnoException | undefined {
  const trial = `${database}-trial`;
  try {
    const position = Math.max(...[database, `${database}-wal`].map(sizeOf));
    const file = openSync(trial, "w", 0o600);
    try {
      const written = writeSync(file, new Uint8Array(trialBytes), 0, trialBytes, position);
      if (written < trialBytes) return Object.assign(new Error("a short write"), { errno: constants.errno.ENOSPC });
    } finally {
      closeSync(file);
      rmSync(trial, { force: true });
    }
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  return undefined;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
