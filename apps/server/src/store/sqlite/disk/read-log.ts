import { type FileHandle, open, stat } from "node:fs/promises";
import { logBeside, pageBytes } from "./layout.js";
import type { LogChecksum } from "./log-checksum.js";
import {
  frameBytes,
  isWhole,
  logHeaderBytes,
  type LogFrame,
  type LogHeader,
  readFrame,
  type ReadHeader,
  readLogHeader,
  restoreFrame,
} from "./log-frames.js";
import { isPlaceholder } from "./placeholder.js";
import type { LogMark } from "./sums-file.js";

/** What a write-ahead log holds. */
export interface LogReading {
  /** Whether there is no log, or an empty file. */
  readonly isMissing: boolean;
  /**
   * Whether it is the one that the sums were kept with, or what a store leaves in its place. Else another program has
   * had the database open, and it has written the pages that are not as their sums say.
   */
  readonly isKnown: boolean;
  /** Frames up to the end of the last transaction. */
  readonly frames: number;
  /** Pages of the database after that transaction; undefined where there is none. */
  readonly databasePages: number | undefined;
  /** The last frame of each page in these transactions. */
  readonly pages: ReadonlyMap<number, number>;
  /** Frames of these transactions that are not as they were written, as far as they could be put right; 0 is the header. */
  readonly restored: ReadonlyMap<number, Buffer>;
  /** Pages that could not be put right in the last frame that they have. */
  readonly broken: ReadonlySet<number>;
  /** Whether transactions that were acknowledged are not there any more. */
  readonly isCut: boolean;
}

/** Frames that are read together, a megabyte. */
const framesAtOnce = 256;

const empty = {
  isMissing: false,
  isKnown: false,
  frames: 0,
  databasePages: undefined,
  pages: new Map<number, number>(),
  restored: new Map<number, Buffer>(),
  broken: new Set<number>(),
};

/** A frame whose transaction has not ended yet. */
interface OpenFrame {
  readonly number: number;
  readonly page: number;
  /** What it is to be taken for, where it is not as it was written. */
  readonly restored?: Buffer | undefined;
  readonly isBroken?: boolean;
}

/**
 * Reads the write-ahead log of a database as SQLite would after a crash, and distinguishes damage from a tail that was
 * never acknowledged: what comes before the mark, and what comes before a later transaction, had been flushed.
 *
 * @param mark How far the log is known to have been written.
 */
export async function readLog(database: string, mark: LogMark | undefined): Promise<LogReading> {
  // What the sums know already the database may have, so that the log may be gone.
  const isNeeded = mark !== undefined && !mark.settled && mark.frames > 0;
  let file: FileHandle;
  try {
    file = await open(logBeside(database), "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { ...empty, isMissing: true, isCut: isNeeded };
    throw error;
  }
  try {
    const bytes = Buffer.alloc(logHeaderBytes);
    const { bytesRead } = await file.read(bytes, 0, logHeaderBytes, 0);
    const header = readLogHeader(bytes.subarray(0, bytesRead));
    if (isPlaceholder(bytes.subarray(0, bytesRead)))
      return { ...empty, isMissing: true, isKnown: true, isCut: isNeeded };
    if (header === undefined) return { ...empty, isMissing: bytesRead === 0, isKnown: bytesRead > 0, isCut: isNeeded };
    const { size } = await stat(database);
    const maxPages = Math.ceil((size + (await file.stat()).size) / pageBytes);
    const isMarked = mark?.salts.equals(header.salts) === true;
    const marked = isMarked ? mark.frames : 0;
    const reading = await readFrames(new FrameReader(file), header, { marked, maxPages });
    return { ...reading, isKnown: isMarked || mark === undefined };
  } finally {
    await file.close();
  }
}

async function readFrames(
  reader: FrameReader,
  header: ReadHeader,
  { marked, maxPages }: { readonly marked: number; readonly maxPages: number },
): Promise<Omit<LogReading, "isKnown">> {
  const transactions = new Transactions();
  let before = header.checksum;
  let isCut = false;
  for (let number = 1; ; number++) {
    const bytes = await reader.read(number);
    if (bytes === undefined) break;
    let frame = readFrame(bytes, header, before);
    if (isWhole(frame)) {
      transactions.add(frame, { number, page: frame.page });
      before = frame.computed;
      continue;
    }
    const broken = Buffer.from(bytes);
    const follows = await followerOf(reader, header, number, frame);
    const restored = restoreFrame(broken, frame, header, { maxPages, follows });
    if (restored !== undefined) {
      frame = readFrame(restored.bytes, header, before);
      transactions.add(frame, { number, page: frame.page, restored: restored.bytes, isBroken: restored.isBroken });
      before = frame.stored;
      continue;
    }
    const isNeeded = number <= marked || (await hasLater(reader, header, number, frame.stored));
    if (isNeeded && follows === "stored" && frame.hasSalts && frame.page > 0 && frame.page <= maxPages) {
      transactions.add(frame, { number, page: frame.page, restored: broken, isBroken: true });
      before = frame.stored;
      continue;
    }
    isCut = isNeeded || (await hasLater(reader, header, number, frame.computed));
    break;
  }
  if (header.restored !== undefined && transactions.frames > 0) transactions.restored.set(0, header.restored);
  const { frames, databasePages, pages, restored, broken } = transactions;
  return { isMissing: false, frames, databasePages, pages, restored, broken, isCut: isCut || frames < marked };
}

/** What transactions have written, page by page. */
class Transactions {
  readonly pages = new Map<number, number>();
  readonly restored = new Map<number, Buffer>();
  readonly broken = new Set<number>();
  frames = 0;
  databasePages: number | undefined;
  #open: OpenFrame[] = [];

  add({ databasePages }: LogFrame, open: OpenFrame): void {
    this.#open.push(open);
    if (databasePages === 0) return;
    for (const { page, number, restored, isBroken } of this.#open) {
      this.pages.set(page, number);
      if (restored !== undefined) this.restored.set(number, restored);
      if (isBroken === true) this.broken.add(page);
      else this.broken.delete(page);
    }
    this.#open = [];
    this.frames = open.number;
    this.databasePages = databasePages;
  }
}

/** Which of the checksums of a broken frame the next one goes on with: that one is right. */
async function followerOf(
  reader: FrameReader,
  header: LogHeader,
  number: number,
  { stored, computed }: LogFrame,
): Promise<"stored" | "computed" | undefined> {
  const next = await reader.read(number + 1);
  if (next === undefined) return undefined;
  if (isWhole(readFrame(next, header, stored))) return "stored";
  return isWhole(readFrame(next, header, computed)) ? "computed" : undefined;
}

/**
 * Whether a transaction follows after the one of a broken frame: it was begun only once that one had been flushed.
 *
 * @param before A checksum that may be that of the frame.
 */
async function hasLater(frames: FrameReader, header: LogHeader, broken: number, before: LogChecksum): Promise<boolean> {
  let isCommitted = false;
  let checksum = before;
  for (let number = broken + 1; ; number++) {
    const bytes = await frames.read(number);
    if (bytes === undefined) return false;
    const frame = readFrame(bytes, header, checksum);
    if (!isWhole(frame)) return false;
    if (isCommitted) return true;
    isCommitted = frame.databasePages > 0;
    checksum = frame.computed;
  }
}

/** Reads frames by their number, many at once. */
class FrameReader {
  readonly #file: FileHandle;
  // Of its own, so that frames lie at places that are multiples of four.
  readonly #window = Buffer.allocUnsafeSlow(framesAtOnce * frameBytes);
  #first = 0;
  #count = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Undefined where the file ends before its end; what it returns is good until the next call. */
  async read(number: number): Promise<Buffer | undefined> {
    if (number < this.#first || number >= this.#first + this.#count) {
      const place = logHeaderBytes + (number - 1) * frameBytes;
      const { bytesRead } = await this.#file.read(this.#window, 0, this.#window.length, place);
      this.#first = number;
      this.#count = Math.floor(bytesRead / frameBytes);
      if (this.#count === 0) return undefined;
    }
    const at = (number - this.#first) * frameBytes;
    return this.#window.subarray(at, at + frameBytes);
  }
}
