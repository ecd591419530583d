import {
  addToChecksum,
  type Bit,
  differsInOneBit,
  findFlips,
  flipBit,
  isSame,
  type LogChecksum,
  noChecksum,
} from "./log-checksum.js";
import { pageBytes } from "./layout.js";

// The file format of the write-ahead log: https://www.sqlite.org/fileformat2.html#the_write_ahead_log

export const logHeaderBytes = 32;
const frameHeaderBytes = 24;
export const frameBytes = frameHeaderBytes + pageBytes;

const magic = 0x37_7f_06_82;

/** The beginning of a write-ahead log. */
export interface LogHeader {
  /** Eight bytes that each frame repeats; others each time that the log starts over. */
  readonly salts: Buffer;
  readonly isBigEndian: boolean;
  readonly checksum: LogChecksum;
}

/** A header as it is, or as it was before one of its bits was flipped. */
export interface ReadHeader extends LogHeader {
  /** The bytes as they were; absent where they are as they were. */
  readonly restored?: Buffer;
}

/** The page in a frame, which is taken for whole. */
export function pageInFrame(bytes: Buffer): { readonly page: number; readonly content: Buffer } {
  return { page: bytes.readUInt32BE(0), content: bytes.subarray(frameHeaderBytes) };
}

/** Reads the header; undefined where it is none, and was none before a single bit of it was flipped. */
export function readLogHeader(bytes: Buffer): ReadHeader | undefined {
  const plain = parseHeader(bytes);
  if (plain !== undefined) return plain;
  if (bytes.length < logHeaderBytes) return undefined;
  for (let bit = 0; bit < 8 * logHeaderBytes; bit++) {
    const restored = Buffer.from(bytes);
    restored.writeUInt8(restored.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const header = parseHeader(restored);
    if (header !== undefined) return { ...header, restored };
  }
  return undefined;
}

function parseHeader(bytes: Buffer): LogHeader | undefined {
  if (bytes.length < logHeaderBytes || (bytes.readUInt32BE(0) & ~1) !== magic) return undefined;
  const isBigEndian = (bytes.readUInt32BE(0) & 1) === 1;
  const checksum = { first: bytes.readUInt32BE(24), second: bytes.readUInt32BE(28) };
  if (!isSame(addToChecksum(noChecksum, bytes.subarray(0, 24), isBigEndian), checksum)) return undefined;
  if (bytes.readUInt32BE(8) !== pageBytes) return undefined;
  return { salts: Buffer.from(bytes.subarray(16, 24)), isBigEndian, checksum };
}

/** One page as a transaction wrote it. */
export interface LogFrame {
  readonly page: number;
  /** Pages of the database after the transaction that ends with this frame; 0 where none does. */
  readonly databasePages: number;
  /** The checksum that is stored in the frame, of this one and all before it. */
  readonly stored: LogChecksum;
  /** What was computed of them. */
  readonly computed: LogChecksum;
  readonly hasSalts: boolean;
}

/** Reads a frame, whole or broken. @param before The checksum of all that comes before it. */
export function readFrame(bytes: Buffer, { salts, isBigEndian }: LogHeader, before: LogChecksum): LogFrame {
  const head = addToChecksum(before, bytes.subarray(0, 8), isBigEndian);
  return {
    page: bytes.readUInt32BE(0),
    databasePages: bytes.readUInt32BE(4),
    stored: { first: bytes.readUInt32BE(16), second: bytes.readUInt32BE(20) },
    computed: addToChecksum(head, bytes.subarray(frameHeaderBytes), isBigEndian),
    hasSalts: salts.equals(bytes.subarray(8, 16)),
  };
}

export function isWhole(frame: LogFrame): boolean {
  return frame.hasSalts && frame.page > 0 && isSame(frame.stored, frame.computed);
}

/** A frame as it was before it was damaged, as far as that can be proven. */
interface RestoredFrame {
  readonly bytes: Buffer;
  /** Whether its page may be anything, and only the rest is proven. */
  readonly isBroken: boolean;
}

interface RestoreOptions {
  /** No database that the frame can be of has more. */
  readonly maxPages: number;
  /** Which of its checksums the next frame goes on with; undefined where none does. */
  readonly follows: "stored" | "computed" | undefined;
}

/**
 * Puts a frame right of which one bit was flipped, or whose page is proven by its checksum.
 *
 * @param frame What `readFrame` made of the bytes.
 * @returns Undefined where more is wrong with it.
 */
export function restoreFrame(
  bytes: Buffer,
  frame: LogFrame,
  { salts, isBigEndian }: LogHeader,
  { maxPages, follows }: RestoreOptions,
): RestoredFrame | undefined {
  const restored = Buffer.from(bytes);
  if (isSame(frame.stored, frame.computed)) {
    // The checksum covers what was before, so that frames of another time of the log do not have it.
    salts.copy(restored, 8);
    return { bytes: restored, isBroken: false };
  }
  if (!frame.hasSalts) return undefined;
  const covered = Buffer.concat([bytes.subarray(0, 8), bytes.subarray(frameHeaderBytes)]);
  const flips = follows === "computed" ? [] : findFlips(covered, isBigEndian, frame.computed, frame.stored);
  const isChecksum = differsInOneBit(frame.stored, frame.computed) && follows !== "stored";
  if (follows === "computed" || (isChecksum && flips.length === 0)) {
    restored.writeUInt32BE(frame.computed.first, 16);
    restored.writeUInt32BE(frame.computed.second, 20);
    return { bytes: restored, isBroken: false };
  }
  const isLikely = ({ page, databasePages }: Pick<LogFrame, "page" | "databasePages">): boolean =>
    page > 0 && page <= maxPages && databasePages <= maxPages;
  const isOne = flips.length === 1 && !isChecksum;
  // Where several bits may be the one, those of the numbers are where a number is not possible as it is.
  const possible =
    isOne && flips.every(isProven) ? flips : flips.filter(({ word }) => word < headWords !== isLikely(frame));
  const [bit] = possible;
  if (bit === undefined) return undefined;
  const isNumber = isOne && bit.word < headWords;
  if (possible.length > 1 || isChecksum || !(isProven(bit) || isNumber))
    return bit.word < headWords ? undefined : { bytes: restored, isBroken: true };
  const whole = flipBit(covered, isBigEndian, bit);
  whole.copy(restored, 0, 0, 8);
  whole.copy(restored, frameHeaderBytes, 8);
  return { bytes: restored, isBroken: false };
}

/**
 * Whether a checksum proves that this one bit was flipped. What is flipped in the upper bits of words changes the upper
 * bits of the checksum alone, and there any two of them often make the same difference as a third one: one pair in a
 * hundred does so at bit 23, one in 10^5 at bit 18. The same bit of neighbouring words remains, wherever it is.
 */
function isProven({ mask }: Bit): boolean {
  return mask <= 2 ** 18;
}

/** Words of a frame before its page that the checksum covers: the number of the page and that of all pages. */
const headWords = 2;
