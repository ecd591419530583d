import { readSync } from "node:fs";
import { endianness } from "node:os";
import { holdOpen } from "./held-files.js";
import { logIndexBeside } from "./layout.js";

/** The end of the write-ahead log as all connections see it: what was committed and flushed. */
export interface LogEnd {
  /** Of the log's header. */
  readonly salts: Buffer;
  readonly frames: number;
}

// https://www.sqlite.org/walformat.html#the_wal_index_header: two copies of a header of 48 bytes, in the order of bytes
// of the machine but for the salts, which are as in the log.
const copyBytes = 48;
const framesPlace = 16;
const saltsPlace = 32;
// The numbers of the pages in the frames follow it, in blocks that end with a hash table.
const blockBytes = 32_768;
const hashBytes = 16_384;
const firstBlockFrames = 4062;
const blockFrames = 4096;
const isBigEndian = endianness() === "BE";

const numberAt = (bytes: Buffer, place: number): number =>
  isBigEndian ? bytes.readUInt32BE(place) : bytes.readUInt32LE(place);

/** Reads where a write-ahead log ends, in a microsecond or two, from the index that all connections share. */
export class LogIndex {
  readonly #path: string;
  readonly #bytes = Buffer.alloc(2 * copyBytes);
  readonly #salts = this.#bytes.subarray(saltsPlace, saltsPlace + 8);
  #file: number | undefined;

  /** @param database Its path. A connection must be open for as long as this is used. */
  constructor(database: string) {
    this.#path = logIndexBeside(database);
  }

  /**
   * Undefined while there is no log, and while another process writes the index. The salts are good until the next call.
   */
  end(): LogEnd | undefined {
    this.#file ??= holdOpen(this.#path);
    if (this.#file === undefined) return undefined;
    const bytes = this.#bytes;
    const got = readSync(this.#file, bytes, 0, bytes.length, 0);
    if (got < bytes.length || bytes.compare(bytes, copyBytes, 2 * copyBytes, 0, copyBytes) !== 0) return undefined;
    return { salts: this.#salts, frames: numberAt(bytes, framesPlace) };
  }

  /** The last of some frames for each page that is in them, by page. */
  lastFrames(first: number, last: number): Map<number, number> {
    const frames = new Map<number, number>();
    if (this.#file === undefined) return frames;
    for (let from = first, to; from <= last; from = to + 1) {
      const block = Math.ceil(Math.max(0, from - firstBlockFrames) / blockFrames);
      const end = firstBlockFrames + block * blockFrames;
      to = Math.min(last, end);
      const place = (block + 1) * blockBytes - hashBytes - 4 * (end - from + 1);
      const bytes = Buffer.allocUnsafe(4 * (to - from + 1));
      readSync(this.#file, bytes, 0, bytes.length, place);
      for (let frame = from; frame <= to; frame++) frames.set(numberAt(bytes, 4 * (frame - from)), frame);
    }
    return frames;
  }
}
