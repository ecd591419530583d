import { randomBytes } from "node:crypto";
import type { Micros } from "../clock.js";

/**
 * A UUID of version 7 (RFC 9562, with method 3 of section 6.2 for what is below a millisecond): its text
 * sorts by the microsecond in which it was made, so that a list by id is a list by age.
 */
export function newKeyId(at: Micros): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Math.floor(at / 1000), 0, 6);
  bytes.writeUInt16BE(0x7000 | Math.floor(((at % 1000) * 4096) / 1000), 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
