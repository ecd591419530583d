import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { platform } from "node:os";

/** The database of a data folder. */
export function databaseIn(folder: string): string {
  return join(folder, "eca.db");
}

/** Whether a folder has a database, as after the first start of a server. */
export function holdsData(folder: string): boolean {
  return statSync(databaseIn(folder), { throwIfNoEntry: false }) !== undefined;
}

/**
 * Creates a folder for its owner alone where it is missing, and makes its name durable.
 * An existing folder keeps its permissions.
 *
 * @throws Error of the file system, where it cannot be made or may not be written to.
 */
export function ensureFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) {
    // SQLite would tell that it cannot open a file in it, and not why.
    accessSync(folder, constants.W_OK);
    return;
  }
  for (let made = folder; ; made = dirname(made)) {
    flushFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

/**
 * Creates an empty file for its owner alone where it is missing; SQLite would let everyone read it.
 * An existing one is not opened: closing it would drop the locks that this process has on it.
 */
export function ensurePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Makes the names in a folder durable. */
export function flushFolder(folder: string): void {
  // Windows has no way to flush a folder.
  if (platform() !== "win32") flush(folder, "r");
}

/** Makes what was written to a file durable; nothing may have it open, as closing it here would drop locks. */
export function flushFile(path: string): void {
  flush(path, "r+");
}

function flush(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
