import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addToChecksum, noChecksum } from "./log-checksum.js";
import { frameBytes, isWhole, type LogHeader, readFrame, restoreFrame } from "./log-frames.js";

const header: LogHeader = { salts: Buffer.from("12345678"), isBigEndian: false, checksum: noChecksum };
const headBytes = 24;

/** A frame as SQLite writes it, with this byte all over its page. */
function frameOf(byte: number): Buffer {
  const frame = Buffer.alloc(frameBytes, byte);
  frame.writeUInt32BE(7, 0);
  frame.writeUInt32BE(9, 4);
  header.salts.copy(frame, 8);
  const head = addToChecksum(noChecksum, frame.subarray(0, 8), false);
  const { first, second } = addToChecksum(head, Buffer.from(frame.subarray(headBytes)), false);
  frame.writeUInt32BE(first, 16);
  frame.writeUInt32BE(second, 20);
  return frame;
}

/** The frame after bits of its page were flipped, and what is made of it. */
function flipAndRestore(frame: Buffer, bits: readonly number[]) {
  const flipped = Buffer.from(frame);
  for (const bit of bits) flipped[headBytes + (bit >> 3)]! ^= 1 << (bit & 7);
  const read = readFrame(flipped, header, noChecksum);
  return { read, restored: restoreFrame(flipped, read, header, { maxPages: 20, follows: "stored" }) };
}

const byte = fc.integer({ min: 0, max: 255 });
const pageBits = 8 * (frameBytes - headBytes);
/** In little-endian words the last byte has the upper bits. */
const bitOf = (word: number, bit: number) => 32 * word + bit;
const word = fc.integer({ min: 0, max: pageBits / 32 - 1 });
const upperBit = fc.tuple(word, fc.integer({ min: 16, max: 30 })).map(([at, bit]) => bitOf(at, bit));
const lowerBit = fc.tuple(word, fc.integer({ min: 0, max: 15 })).map(([at, bit]) => bitOf(at, bit));

describe("a frame of the log", () => {
  it("is restored where one of the lower bits of a word was flipped", () => {
    fc.assert(
      fc.property(byte, lowerBit, (content, bit) => {
        const frame = frameOf(content);
        expect(isWhole(readFrame(frame, header, noChecksum))).toBe(true);
        expect(flipAndRestore(frame, [bit]).restored).toEqual({ bytes: frame, isBroken: false });
      }),
    );
  });

  it("is as it was, or its page counts as damaged, where one of the upper bits was flipped", () => {
    fc.assert(
      fc.property(byte, upperBit, (content, bit) => {
        const frame = frameOf(content);
        const { restored } = flipAndRestore(frame, [bit]);
        if (restored?.isBroken === true) return;
        expect(restored?.bytes).toEqual(frame);
      }),
    );
  });

  // The soak has seen a value that had been put right wrongly.
  it("is never restored as another one where two of the upper bits were flipped", () => {
    // Where several bits make the same difference as two, and one bit mostly one of its own.
    const near = fc.tuple(word, fc.integer({ min: 22, max: 24 })).map(([at, bit]) => bitOf(at, bit));
    const pair = fc.uniqueArray(near, { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(byte, pair, (content, bits) => {
        const frame = frameOf(content);
        const { read, restored } = flipAndRestore(frame, bits);
        if (isWhole(read) || restored === undefined || restored.isBroken) return;
        expect(restored.bytes).toEqual(frame);
      }),
      { numRuns: 1500, seed: 1 },
    );
  });
});
