import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
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
    // SQLite would say that it cannot open a file in it, and not why.
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

/** Writes a file for its owner alone in place of the one that is there; whole and durable once it returns. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  const descriptor = openSync(partial, "wx", 0o600);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partial, path);
  flushFolder(dirname(path));
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
