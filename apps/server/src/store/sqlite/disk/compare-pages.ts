import { fstatSync, read as readFile } from "node:fs";
import { promisify } from "node:util";
import { pageBytes } from "./layout.js";
import type { LogReading } from "./read-log.js";
import { blockOf, firstPageOf, noSum, pagesPerBlock, sumOf, type SumsFile } from "./sums-file.js";

/** What came of comparing pages with their sums. */
export interface Comparison {
  /** Pages that are not what was written, or not there. */
  readonly damaged: readonly number[];
  /** Blocks of sums that are damaged, or lack sums of pages that are there. */
  readonly unsummed: readonly number[];
}

const read = promisify(readFile);

export interface CompareOptions {
  /** The blocks to look at; all by default. */
  readonly blocks?: Iterable<number>;
  /** Called before each block, a block being four megabytes. */
  readonly onBlock?: (block: number, blocks: number) => void | Promise<void>;
}

/**
 * Compares the pages of a database with their sums, but those that the log has anew.
 *
 * @param file A descriptor of the database.
 */
export async function comparePages(
  file: number,
  sums: SumsFile,
  log: LogReading,
  { blocks, onBlock }: CompareOptions = {},
): Promise<Comparison> {
  const damaged: number[] = [];
  const unsummed: number[] = [];
  const inFile = Math.ceil(fstatSync(file).size / (pagesPerBlock * pageBytes));
  const all = Math.max(sums.blocks, inFile);
  const window = Buffer.allocUnsafe(pagesPerBlock * pageBytes);
  for (const block of blocks ?? Array(all).keys()) {
    await onBlock?.(block, all);
    const first = firstPageOf(block);
    const { bytesRead } = await read(file, window, 0, window.length, (first - 1) * pageBytes);
    const pages = Math.floor(bytesRead / pageBytes);
    const expected = sums.read(block);
    if (expected === undefined) {
      unsummed.push(block);
      continue;
    }
    const isBeside = (page: number): boolean => log.pages.has(page) || page > (log.databasePages ?? Infinity);
    for (const [place, sum] of expected.entries()) {
      if (sum === noSum || isBeside(first + place)) continue;
      const page = window.subarray(place * pageBytes, (place + 1) * pageBytes);
      if (place >= pages || sumOf(page) !== sum) damaged.push(first + place);
    }
    for (let place = expected.length; place < pages; place++) {
      if (isBeside(first + place)) continue;
      unsummed.push(block);
      break;
    }
  }
  return { damaged, unsummed };
}

/** Takes the pages of a database for right as they are, those of all blocks or of some. */
export async function adoptPages(file: number, sums: SumsFile, blocks?: Iterable<number>): Promise<void> {
  const pages = Math.floor(fstatSync(file).size / pageBytes);
  const window = Buffer.allocUnsafe(pagesPerBlock * pageBytes);
  for (const block of blocks ?? Array(pages === 0 ? 0 : blockOf(pages) + 1).keys()) {
    const { bytesRead } = await read(file, window, 0, window.length, (firstPageOf(block) - 1) * pageBytes);
    const length = Math.floor(bytesRead / pageBytes);
    const sumAt = (place: number): number => sumOf(window.subarray(place * pageBytes, (place + 1) * pageBytes));
    sums.write(
      block,
      Uint32Array.from({ length }, (_, place) => sumAt(place)),
    );
  }
}
