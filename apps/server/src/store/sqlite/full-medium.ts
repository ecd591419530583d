import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { constants } from "node:os";

/** SQLite's result codes for a medium without room: for pages, and for the index of the write-ahead log. */
const full = new Set(["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"]);

/** Codes that stand for any failure of the system but ENOSPC, and do not tell which. */
const unclear = new Set(["SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC"]);

/**
 * What the system says of a medium that is full, of a quota that is used up, and of a file that may not
 * grow. By number, as Node has no name for a quota's.
 */
const withoutRoom = new Set([constants.errno.ENOSPC, constants.errno.EDQUOT, constants.errno.EFBIG]);

/** More than the rest of a block that a write which found no room may have left. */
const trialBytes = 65_536;

/**
 * Whether a write to a database failed for want of room. Where the error does not tell, a file is written
 * beside the database, as far from its beginning as the longest file of the database reaches, and removed.
 *
 * @param code SQLite's result code.
 * @param database The path of the database's file.
 */
export function hasNoRoom(code: string, database: string): boolean {
  return full.has(code) || (unclear.has(code) && !hasRoomBeside(database));
}

function hasRoomBeside(database: string): boolean {
  const trial = `${database}-trial`;
  try {
    const position = Math.max(...[database, `${database}-wal`].map(sizeOf));
    const file = openSync(trial, "w", 0o600);
    try {
      return writeSync(file, new Uint8Array(trialBytes), 0, trialBytes, position) === trialBytes;
    } finally {
      closeSync(file);
      rmSync(trial, { force: true });
    }
  } catch (error) {
    return !withoutRoom.has(Math.abs((error as NodeJS.ErrnoException).errno ?? 0));
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
