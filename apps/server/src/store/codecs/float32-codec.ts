import { endianness } from "node:os";

const host = endianness();

/** The bytes of 32-bit floats, little-endian on every host. May share the memory of `floats`. */
export function encodeFloats(floats: Float32Array, order: "LE" | "BE" = host): Uint8Array {
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  return order === "LE" ? bytes : Buffer.from(bytes).swap32();
}

/** The 32-bit floats in little-endian bytes, four each. May share the memory of `bytes`. */
export function decodeFloats(bytes: Uint8Array, order: "LE" | "BE" = host): Float32Array {
  // A view needs its offset to be a multiple of 4, and must not keep a larger buffer alive.
  const whole = bytes.byteLength === bytes.buffer.byteLength;
  const own = whole && order === "LE" ? bytes : Uint8Array.from(bytes);
  if (order === "BE") Buffer.from(own.buffer).swap32();
  return new Float32Array(own.buffer);
}
