import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { OnProgress } from "../database/progress.js";
import { databaseIn } from "../database/data-folder.js";
import { comparePages, type CompareOptions, type Comparison } from "./compare-pages.js";
import { type DamagedPage, readDamagedList } from "./damaged-list.js";
import { pageBytes } from "./layout.js";
import { type LogReading, readLog } from "./read-log.js";
import { blockOf, SumsFile } from "./sums-file.js";

/** What the files of a database show without the database driver, which may end the process over what is damaged. */
export interface Inspection extends Comparison {
  /**
   * Whether the pages have sums to be compared with. A database that no server of this version has opened has none,
   * nor has one that is not in the mode of the write-ahead log, as a backup.
   */
  readonly hasSums: boolean;
  /** Pages that an earlier start has found damaged; reading them fails. */
  readonly setAside: readonly DamagedPage[];
  readonly log: LogReading;
  /** Pages that are not as their sums say, which another program may have written. */
  readonly foreign: readonly number[];
}

type Found = Omit<Inspection, "setAside" | "foreign">;

/** How often what looks damaged is looked at again, as somebody may be writing it just now. */
const looks = 5;
/** Milliseconds from one to the next. */
const betweenLooks = 60;

/**
 * Reads the database of a data folder, its log and its sums, whether a server writes to them or not, without the
 * database driver. What looks damaged is read several times, and reported only where it stays.
 *
 * Opens and closes the database: not to be called in a process that has it open, whose locks would be lost.
 *
 * @throws Error of the file system.
 */
export async function inspectFolder(folder: string, onProgress?: OnProgress): Promise<Inspection> {
  const database = databaseIn(folder);
  const file = openSync(database, "r");
  try {
    return await inspect(database, file, onProgress && { onBlock: reportTo(onProgress) });
  } finally {
    closeSync(file);
  }
}

function reportTo(onProgress: OnProgress): (block: number, blocks: number) => void {
  return (done, total) => onProgress({ step: "comparing pages", done: 4 * done, total: 4 * total, unit: "megabytes" });
}

/** The same with a descriptor of the database that stays open. */
export async function inspect(
  database: string,
  file: number,
  options: Pick<CompareOptions, "onBlock"> = {},
): Promise<Inspection> {
  const setAside = readDamagedList(database)?.pages ?? [];
  let found = await look(database, file, options);
  for (let again = 1; again < looks && isSuspicious(found); again++) {
    await setTimeout(betweenLooks);
    const next = await look(database, file, { blocks: new Set(found.damaged.map(blockOf)) });
    const stays = new Set(next.damaged);
    // A sum that is missing may have been written since: what it belongs to is looked at only as a whole.
    found = { ...next, damaged: found.damaged.filter((page) => stays.has(page)), unsummed: found.unsummed };
  }
  // A log that is cut is reported first; what another program has done with it shows by its absence.
  const isForeign = !found.log.isKnown;
  return {
    ...found,
    damaged: isForeign ? [] : found.damaged,
    foreign: isForeign ? found.damaged : [],
    setAside,
  };
}

function isSuspicious({ damaged, log }: Found): boolean {
  return damaged.length > 0 || log.restored.size > 0 || log.isCut;
}

async function look(database: string, file: number, options: CompareOptions): Promise<Found> {
  const sums = isInLogMode(file) ? SumsFile.open(database, "r") : undefined;
  try {
    const log = await readLog(database, sums?.mark());
    if (sums === undefined) return { hasSums: false, log, damaged: [], unsummed: [] };
    return { hasSums: true, log, ...(await comparePages(file, sums, log, options)) };
  } finally {
    sums?.close();
  }
}

/**
 * Whether a database keeps its changes in a log. Else they are written to the database itself, by whatever program,
 * and sums say nothing. One flipped bit does not make the one mode of the other.
 */
export function isInLogMode(file: number): boolean {
  const head = Buffer.alloc(pageBytes);
  const length = readSync(file, head, 0, pageBytes, 0);
  return length === pageBytes && !(head[18] === 1 && head[19] === 1);
}
