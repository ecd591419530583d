import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { platform } from "node:os";

/**
 * Creates a folder for its owner alone where it is missing, and makes its name durable.
 * An existing folder keeps its permissions.
 */
export function ensureFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Windows has no way to flush a folder.
  if (first === undefined || platform() === "win32") return;
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

function flushFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
