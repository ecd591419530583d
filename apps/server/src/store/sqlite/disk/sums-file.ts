import { closeSync, fdatasync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { endianness } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { StoreUnusableError } from "../../port/store.js";
import { flushFolder } from "../database/data-folder.js";
import { pageBytes, sumsBeside } from "./layout.js";

/**
 * How far the write-ahead log has certainly been written. What lies before it and is not there any more was lost.
 */
export interface LogMark {
  /** Of the log's header: eight bytes that say which of its lives is meant. */
  readonly salts: Buffer;
  /** The number of the last frame. */
  readonly frames: number;
  /** Whether the sums already are those of the pages as they are in these frames, so that the log may go. */
  readonly settled: boolean;
}

// The file: one block of 4,096 bytes as its head, then blocks of sums, each for the pages that follow those of the one
// before. Numbers are little-endian. Head: CRC-32 of what follows up to byte 20, then "ECASUMS\0", the version of the
// format and the page size. Byte 512, a sector of its own: the mark, behind its CRC-32. Block: CRC-32 of what follows,
// its number, how many sums it has, and the CRC-32 of each page.
const blockBytes = 4096;
const magic = Buffer.from("ECASUMS\0");
const version = 1;
const headBytes = 20;
const markPlace = 512;
const markBytes = 20;
const blockHeadBytes = 12;

const isBigEndian = endianness() === "BE";

/** Pages that one block has the sums of. */
export const pagesPerBlock = (blockBytes - blockHeadBytes) / 4;

/** The sums of the pages of a block, in their order; undefined where the block is damaged. */
export type BlockOfSums = Uint32Array | undefined;

/**
 * Of pages that were never written: SQLite leaves out those that it took and gave back at once, and the one behind its
 * locks. A page that happens to have this sum is not compared.
 */
export const noSum = 0;

const flush = promisify(fdatasync);

/** The checksum of a page. */
export function sumOf(page: Uint8Array): number {
  return crc32(page);
}

/** The block that has the sum of a page, which count from 1. */
export function blockOf(page: number): number {
  return Math.floor((page - 1) / pagesPerBlock);
}

/** The first page of a block. */
export function firstPageOf(block: number): number {
  return block * pagesPerBlock + 1;
}

/**
 * The checksums of the pages of a database, in a file beside it. Each block carries a checksum of its own, so that
 * damage to the sums is not taken for damage to the pages.
 */
export class SumsFile {
  readonly #file: number;
  readonly #block = Buffer.alloc(blockBytes);
  readonly #mark = Buffer.alloc(markBytes);

  /** Opens the sums of a database; undefined where there are none. @throws StoreUnusableError for a newer format. */
  static open(database: string, mode: "r" | "r+"): SumsFile | undefined {
    let file: number;
    try {
      file = openSync(sumsBeside(database), mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const sums = new SumsFile(file);
    const found = sums.#version();
    if (found === undefined || found === version) return sums;
    sums.close();
    throw new StoreUnusableError(
      `${sumsBeside(database)} has format ${found}, this server knows format ${version}: a newer server has written it. ` +
        "Start that version or a newer one.",
    );
  }

  /** Makes the sums of a database anew; they are durable, and take the place of others, once all blocks are written. */
  static async create(database: string, write: (sums: SumsFile) => Promise<void>): Promise<void> {
    const path = sumsBeside(database);
    const partial = `${path}.partial`;
    rmSync(partial, { force: true });
    const sums = new SumsFile(openSync(partial, "wx+", 0o600));
    try {
      sums.#writeHead();
      await write(sums);
      fsyncSync(sums.#file);
    } finally {
      sums.close();
    }
    renameSync(partial, path);
    flushFolder(dirname(path));
  }

  private constructor(file: number) {
    this.#file = file;
  }

  /** How many blocks there are, whole or not. */
  get blocks(): number {
    return Math.max(0, Math.ceil(fstatSync(this.#file).size / blockBytes) - 1);
  }

  /** The sums of a block; none where there is no such block. */
  read(block: number): BlockOfSums {
    const bytes = this.#block;
    const got = readSync(this.#file, bytes, 0, blockBytes, (block + 1) * blockBytes);
    if (got === 0) return new Uint32Array();
    const count = bytes.readUInt32LE(8);
    const isWhole =
      got === blockBytes &&
      crc32(bytes.subarray(4)) === bytes.readUInt32LE(0) &&
      bytes.readUInt32LE(4) === block &&
      count <= pagesPerBlock;
    if (!isWhole) return undefined;
    const sums = Buffer.allocUnsafeSlow(4 * count);
    bytes.copy(sums, 0, blockHeadBytes);
    if (isBigEndian) sums.swap32();
    return new Uint32Array(sums.buffer, sums.byteOffset, count);
  }

  /** Durable with the next flush. */
  write(block: number, sums: Uint32Array): void {
    const bytes = this.#block.fill(0);
    bytes.writeUInt32LE(block, 4);
    bytes.writeUInt32LE(sums.length, 8);
    const body = bytes.subarray(blockHeadBytes, blockHeadBytes + sums.byteLength);
    body.set(new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength));
    if (isBigEndian) body.swap32();
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
    writeWhole(this.#file, bytes, (block + 1) * blockBytes);
  }

  /** The mark that was written last; undefined where there is none, or it is damaged. */
  mark(): LogMark | undefined {
    const bytes = Buffer.alloc(markBytes);
    const got = readSync(this.#file, bytes, 0, markBytes, markPlace);
    if (got < markBytes || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return undefined;
    return {
      settled: bytes.readUInt32LE(4) === 1,
      salts: Buffer.from(bytes.subarray(8, 16)),
      frames: bytes.readUInt32LE(16),
    };
  }

  /** Takes some microseconds; the mark outlives the process, and a power cut once something was flushed. */
  writeMark({ salts, frames, settled }: LogMark): void {
    const bytes = this.#mark;
    bytes.writeUInt32LE(settled ? 1 : 0, 4);
    salts.copy(bytes, 8);
    bytes.writeUInt32LE(frames, 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
    writeWhole(this.#file, bytes, markPlace);
  }

  async flush(): Promise<void> {
    await flush(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Undefined where the head is damaged. */
  #version(): number | undefined {
    const head = Buffer.alloc(headBytes);
    readSync(this.#file, head, 0, headBytes, 0);
    return crc32(head.subarray(4)) === head.readUInt32LE(0) ? head.readUInt32LE(12) : undefined;
  }

  #writeHead(): void {
    const head = Buffer.alloc(blockBytes);
    magic.copy(head, 4);
    head.writeUInt32LE(version, 12);
    head.writeUInt32LE(pageBytes, 16);
    head.writeUInt32LE(crc32(head.subarray(4, headBytes)), 0);
    writeWhole(this.#file, head, 0);
  }
}

/** @throws Error of the system; `ENOSPC` where only a part was written. */
function writeWhole(file: number, bytes: Buffer, place: number): void {
  const written = writeSync(file, bytes, 0, bytes.length, place);
  if (written < bytes.length) throw Object.assign(new Error("no room for checksums"), { code: "ENOSPC" });
}
