import { closeSync, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { adoptPages } from "./compare-pages.js";
import { holdOpen } from "./held-files.js";
import { logBeside } from "./layout.js";
import { frameBytes, logHeaderBytes, pageInFrame } from "./log-frames.js";
import { type LogEnd, LogIndex } from "./log-index.js";
import { sumOf, SumsFile } from "./sums-file.js";
import { writeSums } from "./write-sums.js";

/** Frames that are read together, before others have their turn: a quarter of a megabyte, and of a millisecond. */
const framesAtOnce = 64;

/**
 * Keeps the sums of a database's pages while it is open. What is right at every moment: the sums are durable for each
 * page that is not in the write-ahead log. The log may move into the database and start over only once it is settled:
 * once its pages have their sums.
 */
export class SumsKeeper {
  readonly #database: string;
  readonly #index: LogIndex;
  #sums: SumsFile | undefined;
  #log: number | undefined;
  /** Of its own and kept: to have so much memory given each time takes as long as to read into it. */
  readonly #window = Buffer.allocUnsafeSlow(framesAtOnce * frameBytes);
  #settled: LogEnd | undefined;

  /** @param database Its path. A connection must be open for as long as this is used. */
  constructor(database: string) {
    this.#database = database;
    this.#index = new LogIndex(database);
  }

  /** How many frames the log has. */
  frames(): number {
    return this.#index.end()?.frames ?? 0;
  }

  /**
   * Writes down how far the log has come, after a commit that was flushed: frames that are missing before that mark
   * were lost, and not cut short by a power cut. Takes some microseconds.
   *
   * @returns How many frames are not settled.
   */
  mark(): number {
    const end = this.#index.end();
    if (end === undefined) return 0;
    this.#open()?.writeMark({ ...end, settled: false });
    return end.frames - this.#settledFrames(end);
  }

  /**
   * Gives the pages in the log their sums, durably. Nobody may write to the database meanwhile, in any process.
   *
   * @throws Error of the file system; the log must then stay as it is.
   */
  async settle(): Promise<void> {
    const found = this.#index.end();
    const sums = this.#open();
    if (found === undefined || sums === undefined) return;
    const end = { ...found, salts: Buffer.from(found.salts) };
    const settled = this.#settledFrames(end);
    if (end.frames > settled) {
      const changed = await this.#sumFrames(settled + 1, end.frames);
      await writeSums(sums, changed, (block) => this.#adopt(sums, block));
    }
    sums.writeMark({ ...end, settled: true });
    await sums.flush();
    this.#settled = end;
  }

  /** Whether the database has sums. @throws Error of the file system where they cannot be written. */
  isKept(): boolean {
    return this.#open() !== undefined;
  }

  close(): void {
    this.#sums?.close();
    this.#sums = undefined;
    // Nobody locks the log itself, so that it may be closed.
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
  }

  #open(): SumsFile | undefined {
    return (this.#sums ??= SumsFile.open(this.#database, "r+"));
  }

  #settledFrames({ salts, frames }: LogEnd): number {
    const settled = this.#settled;
    return settled !== undefined && settled.salts.equals(salts) && settled.frames <= frames ? settled.frames : 0;
  }

  /** The sums of the pages in some frames, each by its last one. */
  async #sumFrames(first: number, last: number): Promise<Map<number, number>> {
    const sums = new Map<number, number>();
    const lastFrames = this.#index.lastFrames(first, last);
    const file = (this.#log ??= openSync(logBeside(this.#database), "r"));
    for (let from = first; from <= last; from += framesAtOnce) {
      const length = Math.min(framesAtOnce, last - from + 1) * frameBytes;
      const got = readSync(file, this.#window, 0, length, logHeaderBytes + (from - 1) * frameBytes);
      for (let start = 0; start < got; start += frameBytes) {
        const { page, content } = pageInFrame(this.#window.subarray(start, start + frameBytes));
        if (lastFrames.get(page) === from + start / frameBytes) sums.set(page, sumOf(content));
      }
      await setImmediate();
    }
    if (sums.size < lastFrames.size) throw new Error("the write-ahead log is not as its index says");
    return sums;
  }

  /** A block of sums that is damaged is made anew of the pages as they are. */
  async #adopt(sums: SumsFile, block: number): Promise<void> {
    const file = holdOpen(this.#database);
    if (file !== undefined) await adoptPages(file, sums, [block]);
  }
}
