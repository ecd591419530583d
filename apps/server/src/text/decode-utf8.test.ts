import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeUtf8 } from "./decode-utf8.js";

it("reads what any text was written as", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.nat(3), (text, offset) => {
      const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).subarray(offset);
      expect(decodeUtf8(bytes)).toBe(text);
    }),
  );
});

it("reads bytes that are no UTF-8 as `Buffer` does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(decodeUtf8(bytes)).toBe(Buffer.from(bytes).toString());
    }),
  );
});
