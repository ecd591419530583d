import { closeSync, openSync, statSync } from "node:fs";

/** Descriptors by the paths of their files. */
const held = new Map<string, { readonly file: number; readonly inode: string }>();

/**
 * Opens a file of a database to read it, and keeps it open for as long as it is there: when a process closes any
 * descriptor of a file, the system drops all locks that the process has on that file, SQLite's among them.
 *
 * @returns A descriptor that must not be closed; undefined where there is no such file.
 */
export function holdOpen(path: string): number | undefined {
  for (const [known, { file, inode }] of held) {
    if (inodeOf(known) === inode) continue;
    // Nobody has a lock on a file that is gone.
    closeSync(file);
    held.delete(known);
  }
  const known = held.get(path);
  if (known !== undefined) return known.file;
  const inode = inodeOf(path);
  if (inode === undefined) return undefined;
  const file = openSync(path, "r");
  held.set(path, { file, inode });
  return file;
}

function inodeOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev}:${found.ino}`;
}
