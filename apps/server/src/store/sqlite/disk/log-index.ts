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
const isBigEndian = endianness() === "BE";

/** Reads where a write-ahead log ends, in a microsecond or two, from the index that all connections share. */
export class LogIndex {
  readonly #path: string;
  readonly #bytes = Buffer.alloc(2 * copyBytes);
  #file: number | undefined;

  /** @param database Its path. A connection must be open for as long as this is used. */
  constructor(database: string) {
    this.#path = logIndexBeside(database);
  }

  /** Undefined while there is no log, and while another process writes the index. */
  end(): LogEnd | undefined {
    this.#file ??= holdOpen(this.#path);
    if (this.#file === undefined) return undefined;
    const bytes = this.#bytes;
    const got = readSync(this.#file, bytes, 0, bytes.length, 0);
    if (got < bytes.length || bytes.compare(bytes, copyBytes, 2 * copyBytes, 0, copyBytes) !== 0) return undefined;
    const frames = isBigEndian ? bytes.readUInt32BE(framesPlace) : bytes.readUInt32LE(framesPlace);
    return { salts: Buffer.from(bytes.subarray(saltsPlace, saltsPlace + 8)), frames };
  }
}
