import { existsSync, readSync, rmSync, statSync } from "node:fs";
import { StoreUnusableError } from "../../port/store.js";
import { applicationId } from "../database/migrate.js";
import { adoptPages } from "./compare-pages.js";
import { type DamagedPage, readDamagedList } from "./damaged-list.js";
import { holdOpen } from "./held-files.js";
import { type Inspection, inspect, isInLogMode } from "./inspect-folder.js";
import { logBeside, pageBytes, sumsBeside } from "./layout.js";
import { finishMasking, maskPages } from "./mask-pages.js";
import { moveLog, putLogAside } from "./move-log.js";
import { SchemaDamagedError } from "./page-roles.js";
import { blockOf, SumsFile } from "./sums-file.js";

/** Something that the operator should know of the files of the data. */
export interface DiskNotice {
  readonly level: "info" | "warn" | "error";
  readonly text: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface PrepareOptions {
  readonly onNotice: (notice: DiskNotice) => void;
}

/** How often the progress of reading all pages is reported, in milliseconds. */
const reportInterval = 5_000;

/**
 * Checks the files of a database before the driver opens them. What is damaged is repaired where it can be proven how
 * it was. Where not, it is made such that SQLite fails to read it. To be called while no other server has the folder.
 *
 * @returns How many frames the log has for the driver.
 * @throws StoreUnusableError where transactions that were acknowledged are lost, or nothing can be read.
 */
export async function prepareDatabase(database: string, options: PrepareOptions): Promise<number> {
  const size = statSync(database, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    // What is left of another database.
    rmSync(sumsBeside(database), { force: true });
    return 0;
  }
  if (existsSync(`${database}-journal`)) {
    // SQLite has to undo what is in it first: the sums are made anew then.
    rmSync(sumsBeside(database), { force: true });
    return 0;
  }
  const file = holdOpen(database);
  if (file === undefined) return 0;
  const isAlone = size > 0 && !isInLogMode(file);
  if (isAlone) rmSync(sumsBeside(database), { force: true });
  if (isAlone || (size === 0 && !existsSync(sumsBeside(database)))) return 0;
  await finishMasking(database);
  const found = await inspect(database, file, { onBlock: progressOf(options) });
  await (found.hasSums ? prepareWithSums : prepareWithoutSums)(database, file, found, options);
  return existsSync(logBeside(database)) ? found.log.frames : 0;
}

/**
 * Makes the sums of a database that has none, of its pages as they are.
 *
 * @param database In the mode of the write-ahead log.
 */
export async function adoptDatabase(database: string): Promise<void> {
  if (existsSync(sumsBeside(database))) return;
  const file = holdOpen(database);
  if (file !== undefined) await SumsFile.create(database, (sums) => adoptPages(file, sums));
}

/**
 * Makes up for a log that somebody moved into the database between the look at it and the moment it was opened.
 *
 * @param frames Of the log, as the connections see it.
 * @param expected Of the log, as it was looked at.
 */
export async function adoptMovedLog(database: string, frames: number, expected: number): Promise<void> {
  const file = frames < expected ? holdOpen(database) : undefined;
  if (file === undefined) return;
  const { damaged, foreign } = await inspect(database, file);
  const changed = [...damaged, ...foreign];
  if (changed.length > 0) await adoptBlocks(database, file, new Set(changed.map(blockOf)));
}

/** The pages that were found damaged since the folder was made. */
export function damagedPagesOf(database: string): readonly DamagedPage[] {
  return readDamagedList(database)?.pages ?? [];
}

async function prepareWithoutSums(
  database: string,
  file: number,
  { log }: Inspection,
  { onNotice }: PrepareOptions,
): Promise<void> {
  if (!isOurs(file)) return;
  if (log.isCut) throw new StoreUnusableError(lostText(database));
  await adoptDatabase(database);
  onNotice({ level: "info", text: "the data has checksums from now on: its pages were taken for right as they are" });
  if (log.restored.size > 0) await restoreLog(database, log, onNotice);
  await mask(database, [...log.broken], log, onNotice);
}

async function prepareWithSums(
  database: string,
  file: number,
  { log, damaged, unsummed, foreign }: Inspection,
  { onNotice }: PrepareOptions,
): Promise<void> {
  if (foreign.length > 0 && (log.isMissing || !log.isCut)) {
    // SQLite moves the log when the last connection closes, as that of another program does. What would look damaged
    // are its pages; were a log lost that is needed, the pages would be as they were before.
    await adoptBlocks(database, file, new Set([...foreign.map(blockOf), ...unsummed]));
    onNotice({
      level: "warn",
      text: "another program has had the data open: pages that it may have changed were taken for right as they are",
      details: { pages: foreign.length },
    });
    if (log.isMissing) return;
  }
  if (log.isCut) {
    // Where all of it had been moved and the database is whole, the log is not needed.
    if (damaged.length + foreign.length > 0 || !isSettled(database)) throw new StoreUnusableError(lostText(database));
    const kept = putLogAside(database);
    onNotice({ level: "warn", text: `the write-ahead log is damaged, but nothing of it is missing: kept as ${kept}` });
    return;
  }
  if (unsummed.length > 0) {
    await adoptBlocks(database, file, unsummed);
    onNotice({
      level: "warn",
      text: "checksums of the data are damaged or missing: the pages concerned were taken for right as they are",
      details: { blocks: unsummed },
    });
  }
  if (log.restored.size > 0) await restoreLog(database, log, onNotice);
  await mask(database, [...damaged, ...log.broken], log, onNotice);
}

/** Replaces damaged pages by pages that SQLite fails to read. */
async function mask(
  database: string,
  damaged: readonly number[],
  log: Inspection["log"],
  onNotice: PrepareOptions["onNotice"],
): Promise<void> {
  if (damaged.length === 0) return;
  // Pages are replaced in the database alone.
  if (log.restored.size === 0) await moveLog(database, log);
  try {
    const pages = await maskPages(database, damaged);
    onNotice({
      level: "error",
      text: "pages of the data are damaged: what stands in them is refused from now on. Restore a backup",
      details: { pages: damaged, tables: [...new Set(pages.map(({ table }) => table ?? "unknown"))] },
    });
  } catch (error) {
    if (!(error instanceof SchemaDamagedError)) throw error;
    throw new StoreUnusableError(
      `${database} is damaged where it says what it holds (pages ${damaged.join(", ")}), so that nothing in it can be read. ` +
        `Restore a backup into another folder.${otherProgram(database)}`,
      { cause: error },
    );
  }
}

async function restoreLog(
  database: string,
  log: Inspection["log"],
  onNotice: PrepareOptions["onNotice"],
): Promise<void> {
  const kept = await moveLog(database, log, { keep: true });
  onNotice({
    level: "warn",
    text: `the write-ahead log was damaged and put right as far as its checksums prove it. The medium may be failing. The damaged log is kept as ${kept}`,
    details: { frames: [...log.restored.keys()], broken: [...log.broken] },
  });
}

async function adoptBlocks(database: string, file: number, blocks: Iterable<number>): Promise<void> {
  const sums = SumsFile.open(database, "r+");
  try {
    if (sums === undefined) return;
    await adoptPages(file, sums, blocks);
    // What the mark says of a log that is gone is settled.
    const mark = sums.mark();
    if (mark !== undefined && !existsSync(logBeside(database))) sums.writeMark({ ...mark, settled: true });
    await sums.flush();
  } finally {
    sums?.close();
  }
}

function isSettled(database: string): boolean {
  const sums = SumsFile.open(database, "r");
  try {
    return sums?.mark()?.settled === true;
  } finally {
    sums?.close();
  }
}

function lostText(database: string): string {
  return (
    `the write-ahead log ${database}-wal is damaged or not whole: writes that were acknowledged are missing from it. ` +
    `Restore a backup into another folder.${otherProgram(database)}`
  );
}

function otherProgram(database: string): string {
  return (
    ` If another program has written to the database, or you want to go on with what is left, move ${sumsBeside(database)} away, and ` +
    "a log that is damaged with it: then the rest is taken for right as it is, and eca-server verify tells what is not."
  );
}

const applicationIdPlace = 68;

/** A database of another program is not changed; opening it fails later. */
function isOurs(file: number): boolean {
  const head = Buffer.alloc(pageBytes);
  readSync(file, head, 0, pageBytes, 0);
  return head.readUInt32BE(applicationIdPlace) === applicationId && head.readUInt16BE(16) === pageBytes;
}

function progressOf({ onNotice }: PrepareOptions): (block: number, blocks: number) => void {
  let next = performance.now() + reportInterval;
  return (block, blocks) => {
    if (performance.now() < next) return;
    next = performance.now() + reportInterval;
    onNotice({ level: "info", text: `comparing the data with its checksums: ${Math.floor((100 * block) / blocks)} %` });
  };
}
