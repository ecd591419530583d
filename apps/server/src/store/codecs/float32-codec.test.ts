import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeFloats, encodeFloats } from "./float32-codec.js";

const floats = fc.float32Array({ maxLength: 20 });

it("bytes are little-endian", () => {
  expect([...encodeFloats(Float32Array.of(1, -2))]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
});

it("any floats come back to the bit, on hosts of either byte order", () => {
  fc.assert(
    fc.property(floats, fc.constantFrom("LE", "BE"), (value, order) => {
      const bytes = Uint8Array.from(value.length === 0 ? [] : new Uint8Array(value.buffer.slice(0)));
      const decoded = decodeFloats(encodeFloats(value, order), order);
      expect(new Uint8Array(decoded.buffer)).toEqual(bytes);
    }),
  );
});

it("a host of the other byte order writes the bytes the other way round, and keeps its own memory", () => {
  const value = Float32Array.of(1);
  expect([...encodeFloats(value, "BE")]).toEqual([...encodeFloats(value, "LE")].toReversed());
  expect(value[0]).toBe(1);
  const bytes = Uint8Array.of(0, 0, 0x80, 0x3f);
  expect([...new Uint8Array(decodeFloats(bytes, "BE").buffer)]).toEqual([0x3f, 0x80, 0, 0]);
  expect([...bytes]).toEqual([0, 0, 0x80, 0x3f]);
});

it("bytes anywhere in a larger buffer are read", () => {
  fc.assert(
    fc.property(floats, fc.nat(7), fc.nat(3), (value, before, after) => {
      const pool = new Uint8Array(before + value.byteLength + after);
      pool.set(encodeFloats(value), before);
      expect(decodeFloats(pool.subarray(before, before + value.byteLength))).toEqual(value);
    }),
  );
});

it("a part of a larger array is written alone", () => {
  expect(encodeFloats(Float32Array.of(1, 2, 3).subarray(1, 2))).toHaveLength(4);
});
