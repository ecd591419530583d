import { endianness } from "node:os";

/** The two 32-bit numbers of a checksum of the write-ahead log; each covers all that comes before it too. */
export interface LogChecksum {
  readonly first: number;
  readonly second: number;
}

export const noChecksum: LogChecksum = { first: 0, second: 0 };

export function isSame(a: LogChecksum, b: LogChecksum): boolean {
  return a.first === b.first && a.second === b.second;
}

const isBigEndianHost = endianness() === "BE";

/**
 * Goes on with a checksum of the write-ahead log over more bytes, as https://www.sqlite.org/fileformat2.html#walcksm
 * has it.
 *
 * @param bytes A multiple of eight, at an address that is a multiple of four.
 * @param isBigEndian Whether the log takes the bytes for big-endian numbers.
 */
export function addToChecksum({ first, second }: LogChecksum, bytes: Buffer, isBigEndian: boolean): LogChecksum {
  const words = wordsOf(bytes, isBigEndian);
  let a = first;
  let b = second;
  for (let at = 0; at < words.length; at += 2) {
    a = (a + (words[at] as number) + b) | 0;
    b = (b + (words[at + 1] as number) + a) | 0;
  }
  return { first: a >>> 0, second: b >>> 0 };
}

function wordsOf(bytes: Buffer, isBigEndian: boolean): Uint32Array {
  const native = isBigEndian === isBigEndianHost ? bytes : Buffer.from(bytes).swap32();
  if (native.byteOffset % 4 === 0) return new Uint32Array(native.buffer, native.byteOffset, native.length / 4);
  const copy = new Uint8Array(native);
  return new Uint32Array(copy.buffer, 0, copy.length / 4);
}

/** A bit of some bytes, as the number of the 32-bit word that it is in, and its value in it. */
export interface Bit {
  readonly word: number;
  readonly mask: number;
}

/**
 * Finds which one bit of some bytes may have been flipped since their checksum was taken: the checksum is a sum of the
 * words, each times a factor of its place, so that the difference of the two checksums shows the word and the bit. Of
 * the upper bits of words, which meet few factors, it leaves several to choose from. That there are any by chance is one
 * in 2^49 for each where all of the bytes are damaged, and far from seldom where two of the upper bits were flipped.
 *
 * @param computed The checksum of the bytes as they are.
 * @param stored The checksum of the bytes as they were.
 */
export function findFlips(bytes: Buffer, isBigEndian: boolean, computed: LogChecksum, stored: LogChecksum): Bit[] {
  const words = wordsOf(bytes, isBigEndian);
  const first = (computed.first - stored.first) | 0;
  const second = (computed.second - stored.second) | 0;
  const found: Bit[] = [];
  // What a change by one in the even and in the odd word of a pair makes of both numbers in the end.
  let even = { first: 1, second: 1 };
  let odd = { first: 0, second: 1 };
  for (let at = words.length - 2; at >= 0; at -= 2) {
    for (const { word, factor } of [
      { word: at, factor: even },
      { word: at + 1, factor: odd },
    ]) {
      const mask = flippedBit(words[word] as number, factor, first, second);
      if (mask !== undefined) found.push({ word, mask });
    }
    even = before(even);
    odd = before(odd);
  }
  return found;
}

/** The same bytes with one bit flipped. */
export function flipBit(bytes: Buffer, isBigEndian: boolean, { word, mask }: Bit): Buffer {
  const flipped = Buffer.from(bytes);
  if (isBigEndian) flipped.writeUInt32BE((flipped.readUInt32BE(4 * word) ^ mask) >>> 0, 4 * word);
  else flipped.writeUInt32LE((flipped.readUInt32LE(4 * word) ^ mask) >>> 0, 4 * word);
  return flipped;
}

/** The same factors for the pair before. */
function before({ first, second }: LogChecksum): LogChecksum {
  const sum = (first + second) | 0;
  return { first: sum, second: (second + sum) | 0 };
}

function flippedBit(word: number, factor: LogChecksum, first: number, second: number): number | undefined {
  for (let bit = 0; bit < 32; bit++) {
    const mask = (1 << bit) >>> 0;
    // A bit that is set now was added, one that is not was taken away.
    const change = (word & mask) === 0 ? -mask : mask;
    if (Math.imul(change, factor.first) === first && Math.imul(change, factor.second) === second) return mask;
  }
  return undefined;
}

/** Whether two checksums differ in one bit. */
export function differsInOneBit(a: LogChecksum, b: LogChecksum): boolean {
  return bits(a.first ^ b.first) + bits(a.second ^ b.second) === 1;
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
