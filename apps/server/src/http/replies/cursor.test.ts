import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DomainError } from "../../errors/domain-error.js";
import type { Key } from "../../lists/list.js";
import { createCursors } from "./cursor.js";

const secret = new Uint8Array(32).fill(7);
const cursors = createCursors(secret);

const key: fc.Arbitrary<Key> = fc.oneof(
  fc.maxSafeInteger(),
  fc.string({ unit: "binary" }),
  fc.tuple(fc.maxSafeInteger(), fc.maxSafeNat()),
);

function codeOf(open: () => unknown): string | undefined {
  try {
    open();
    return undefined;
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
}

describe("a cursor", () => {
  it("gives its key back to its own list", () => {
    fc.assert(
      fc.property(fc.string(), key, (list, key) => {
        const cursor = cursors.seal(list, key);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(cursors.open(list, cursor)).toEqual(key);
        expect(createCursors(secret).open(list, cursor)).toEqual(key);
      }),
    );
  });

  it("is refused by any other list, and under any other secret", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), key, (list, other, key) => {
        fc.pre(list !== other);
        const cursor = cursors.seal(list, key);
        expect(codeOf(() => cursors.open(other, cursor))).toBe("invalid_cursor");
        expect(codeOf(() => createCursors(new Uint8Array(32)).open(list, cursor))).toBe("invalid_cursor");
      }),
    );
  });

  it("is refused once a single character of it has changed, gone or come", () => {
    const edit = fc.record({
      at: fc.nat(),
      removed: fc.integer({ min: 0, max: 2 }),
      added: fc.string({ maxLength: 2, unit: fc.constantFrom(...Array.from("ABCxyz019-_=+/. ")) }),
    });
    fc.assert(
      fc.property(key, edit, (key, { at, removed, added }) => {
        const cursor = cursors.seal("list", key);
        const start = at % (cursor.length + 1);
        const tampered = cursor.slice(0, start) + added + cursor.slice(start + removed);
        fc.pre(tampered !== cursor);
        expect(codeOf(() => cursors.open("list", tampered))).toBe("invalid_cursor");
      }),
      { numRuns: 500 },
    );
  });

  it.each(["", "MQ", "null", "é", "A".repeat(10_000)])("is refused where it never was one: %j", (text) => {
    expect(codeOf(() => cursors.open("list", text))).toBe("invalid_cursor");
  });
});
