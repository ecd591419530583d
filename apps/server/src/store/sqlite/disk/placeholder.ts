import { closeSync, existsSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { flushFolder } from "../database/data-folder.js";
import { logBeside } from "./layout.js";
import { logHeaderBytes, readLogHeader } from "./log-frames.js";
import { SumsFile } from "./sums-file.js";

// Less than the header of a log, so that SQLite takes it for an empty one and writes over it.
const placeholder = Buffer.from("ECA: closed in order\n");

/** Whether a log is none, but what a store has left in its place. */
export function isPlaceholder(log: Buffer): boolean {
  return log.equals(placeholder);
}

/**
 * Leaves a placeholder for the write-ahead log where there is none. Whatever program opens the database next, SQLite
 * takes it for its log and removes it as the last connection closes, or writes over it. So while it is there, no
 * program has changed the database by way of SQLite, and pages that are not as their sums say are damaged. Where it is
 * gone, another program may have written them.
 */
export function leavePlaceholder(database: string): void {
  const path = logBeside(database);
  if (existsSync(path)) return;
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, placeholder);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  flushFolder(dirname(path));
}

/** Whether the log of a database is the one that its sums were kept with, or what a store has left in its place. */
export function isLogKnown(database: string): boolean {
  const header = logHeadOf(database);
  if (header === undefined || isPlaceholder(header)) return header !== undefined;
  const sums = SumsFile.open(database, "r");
  try {
    const mark = sums?.mark();
    const salts = readLogHeader(header)?.salts;
    return mark !== undefined && salts?.equals(mark.salts) === true;
  } finally {
    sums?.close();
  }
}

function logHeadOf(database: string): Buffer | undefined {
  if (!existsSync(logBeside(database))) return undefined;
  const file = openSync(logBeside(database), "r");
  try {
    const bytes = Buffer.alloc(logHeaderBytes);
    return bytes.subarray(0, readSync(file, bytes, 0, logHeaderBytes, 0));
  } finally {
    closeSync(file);
  }
}
