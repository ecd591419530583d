import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { flushFolder } from "../database/data-folder.js";
import { logBeside, logIndexBeside, pageBytes } from "./layout.js";
import { frameBytes, logHeaderBytes, pageInFrame } from "./log-frames.js";
import { leavePlaceholder } from "./placeholder.js";
import type { LogReading } from "./read-log.js";
import { sumOf, SumsFile } from "./sums-file.js";
import { writeSums } from "./write-sums.js";

/**
 * Moves the write-ahead log into its database, as SQLite's checkpoint would, with the frames that were put right. The
 * log goes once all is durable, so that a process that dies on the way does it again.
 *
 * @param keep Whether the log is kept under another name.
 * @returns That name.
 */
export async function moveLog(database: string, log: LogReading, { keep = false } = {}): Promise<string | undefined> {
  if (log.frames > 0) {
    const sums = SumsFile.open(database, "r+");
    try {
      const changed = writePages(database, log);
      if (sums !== undefined) {
        await writeSums(sums, changed);
        // The log that goes is whole in the database.
        sums.writeMark({ salts: Buffer.alloc(8), frames: 0, settled: true });
        await sums.flush();
      }
    } finally {
      sums?.close();
    }
  }
  if (!existsSync(logBeside(database))) return undefined;
  if (keep) return putLogAside(database);
  rmSync(logBeside(database));
  rmSync(logIndexBeside(database), { force: true });
  flushFolder(dirname(database));
  leavePlaceholder(database);
  return undefined;
}

/** Renames a log that must not be read any more, its index with it; returns its new name. */
export function putLogAside(database: string): string {
  const time = new Date().toISOString().replaceAll(":", "-");
  const kept = `${logBeside(database)}-damaged-${time}`;
  renameSync(logBeside(database), kept);
  rmSync(logIndexBeside(database), { force: true });
  flushFolder(dirname(database));
  leavePlaceholder(database);
  return kept;
}

/** Writes the last frame of each page to the database, durably; returns the sums of these pages. */
function writePages(database: string, log: LogReading): Map<number, number> {
  const sums = new Map<number, number>();
  const databasePages = log.databasePages ?? 0;
  // No connection is open yet, so that nothing is lost by closing the database.
  const target = openSync(database, "r+");
  const source = openSync(logBeside(database), "r");
  try {
    const bytes = Buffer.allocUnsafe(frameBytes);
    for (const [page, frame] of log.pages) {
      const restored = log.restored.get(frame);
      if (restored !== undefined) restored.copy(bytes);
      else readSync(source, bytes, 0, frameBytes, logHeaderBytes + (frame - 1) * frameBytes);
      if (page > databasePages) continue;
      const { content } = pageInFrame(bytes);
      writeSync(target, content, 0, pageBytes, (page - 1) * pageBytes);
      // What is to be replaced must not look sound where that is not reached.
      sums.set(page, log.broken.has(page) ? ~sumOf(content) >>> 0 : sumOf(content));
    }
    ftruncateSync(target, databasePages * pageBytes);
    fsyncSync(target);
  } finally {
    closeSync(source);
    closeSync(target);
  }
  return sums;
}
