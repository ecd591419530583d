import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defaulted, integer, moduleId, nullable, rowId, text } from "./scalars.js";

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

describe("text", () => {
  it("takes any well-formed Unicode", () => {
    for (const value of ["", "a", "ß", "日本語", "👩‍👩‍👧", "\u{1F600}", "\uFFFD", "line\nbreak", "'; DROP TABLE ess"]) {
      expect([value, accepts(text, value)]).toEqual([value, true]);
    }
  });

  it("refuses NUL and lone surrogates", () => {
    for (const value of ["\0", "a\0b", "\uD83D", "\uDE00", "\uDE00\uD83D", "a\uD800b", JSON.parse('"\\ud800"')]) {
      expect([value, accepts(text, value)]).toEqual([value, false]);
    }
  });

  it("takes exactly the strings that UTF-8 carries unchanged, NUL apart", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.constant("\0"), fc.integer({ max: 0xffff }).map(toUnit)) }),
        (value) => {
          const carried = new TextDecoder().decode(new TextEncoder().encode(value)) === value;
          expect(accepts(text, value)).toBe((carried && !value.includes("\0")) || value === "");
        },
      ),
    );
  });

  it("refuses what is no text", () => {
    for (const value of [1, true, null, undefined, [], {}]) expect(accepts(text, value)).toBe(false);
  });
});

describe("moduleId", () => {
  it("is any text that a path can name", () => {
    for (const value of ["ac", "a/b", "...", ".a", "..a", "%2e", "%2F", " ", "__proto__", "constructor"]) {
      expect([value, accepts(moduleId, value)]).toEqual([value, true]);
      expect(new URL(`http://x/${encodeURIComponent(value)}/1`).pathname.split("/")).toHaveLength(3);
    }
    for (const value of ["", ".", ".."]) {
      expect([value, accepts(moduleId, value)]).toEqual([value, false]);
    }
  });
});

describe("integer", () => {
  it("takes whole numbers however they are written", () => {
    for (const json of ["1", "1.0", "1e3", "-0", "9007199254740991", "-9007199254740991"]) {
      expect([json, accepts(integer, JSON.parse(json))]).toEqual([json, true]);
    }
  });

  it("refuses fractions, what no double holds exactly, and what is no number", () => {
    for (const value of [0.5, 2 ** 53, -(2 ** 53), Infinity, Number.NaN, "1", true, null, 1n]) {
      expect([String(value), accepts(integer, value)]).toEqual([String(value), false]);
    }
  });
});

describe("rowId", () => {
  it.each([
    ["1", 1],
    ["-1", -1],
    ["007", 7],
    ["0", 0],
    ["9007199254740991", 9_007_199_254_740_991],
    [3, 3],
  ])("reads %s as %d", (given, id) => {
    expect(rowId.parse(given)).toBe(id);
  });

  it.each([
    "",
    " 1",
    "1 ",
    "+1",
    "--1",
    "-",
    "1.0",
    "1.5",
    "1e3",
    "0x10",
    "1_000",
    "a",
    "latest",
    "NaN",
    "Infinity",
    "٣",
    "１",
    "9007199254740992",
    "-9007199254740992",
    "99999999999999999999",
    1.5,
    Number.NaN,
    null,
    undefined,
    true,
  ])("refuses %j", (given) => {
    expect(accepts(rowId, given)).toBe(false);
  });

  it("reads back every id that it prints", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (id) => {
        expect(rowId.parse(String(id))).toBe(id);
      }),
    );
  });
});

describe("defaulted and nullable", () => {
  const row = z.object({
    count: defaulted(integer, 5),
    list: defaulted(z.array(integer), []),
    note: nullable(text),
  });

  it("take what is given", () => {
    const given = fc.record({
      count: fc.maxSafeInteger(),
      list: fc.array(fc.maxSafeInteger()),
      note: fc.constant("x"),
    });
    fc.assert(
      fc.property(given, (value) => {
        expect(row.parse(value)).toEqual(value);
      }),
    );
  });

  it("mean the same by an absent field and an explicit null", () => {
    const absent = { count: 5, list: [], note: null };
    const nulls = fc.record(
      { count: fc.constantFrom(null, undefined), list: fc.constantFrom(null, undefined), note: fc.constant(null) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(nulls, (value) => {
        expect(row.parse(value)).toEqual(absent);
      }),
    );
  });

  it("keep a zero, an empty text and an empty list apart from an absent field", () => {
    expect(row.parse({ count: 0, list: [0], note: "" })).toEqual({ count: 0, list: [0], note: "" });
  });

  it("refuse a wrong type, rather than take the default for it", () => {
    for (const value of [
      { count: "5" },
      { count: 1.5 },
      { list: {} },
      { list: [null] },
      { note: 1 },
      { note: false },
    ]) {
      expect([value, accepts(row, value)]).toEqual([value, false]);
    }
  });
});

function toUnit(code: number): string {
  return String.fromCharCode(code);
}
