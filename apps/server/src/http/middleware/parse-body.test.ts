import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTimeSlice } from "../../event-loop/time-slice.js";
import { parseBody } from "./parse-body.js";

const any = { depth: 100, parts: 10_000_000, entries: 10_000_000 };
const parse = (text: string | Buffer): Promise<unknown> => parseBody(Buffer.from(text), any, createTimeSlice());

/** A text that makes any body a long one, with what could be taken for structure. */
const longText = JSON.stringify('\\"],[:{}\u4e16'.repeat(30_000));

describe("a long body", () => {
  const entry = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.jsonValue({ maxDepth: 3 }));
  const key = fc.oneof(fc.constantFrom("__proto__", "state", 'a"b\\', "\u4e16", ""), fc.string());

  it("has the value that the whole of it parses to", async () => {
    const repeats = fc.constantFrom(1, 100, 3000);
    const field = fc.tuple(key, fc.array(entry, { maxLength: 8 }), repeats);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(field, { selector: ([name]) => name, maxLength: 4 }), async (fields) => {
        const texts = fields.map(([name, entries, count]) => {
          const list = Array.from({ length: count }, () => entries.map((each) => JSON.stringify(each))).flat();
          return `${JSON.stringify(name)} : [ ${list.join(" , ")} ]`;
        });
        const names = new Set(fields.map(([name]) => name));
        const text = `{ ${[`${JSON.stringify(names.has("t") ? "u".repeat(99) : "t")}:${longText}`, ...texts].join(", ")} }`;
        expect(await parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 60 },
    );
  });

  it("keeps the numbers of a list, and its order, across the places where it is cut", async () => {
    const state = Array.from({ length: 65_536 }, (_, index) => (index % 3 === 0 ? index : index / 7));
    const value = { state, more: [state, state], context: "\u4e16:".repeat(1000), __proto__: null };
    expect(await parse(`\ufeff${JSON.stringify(value)}`)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(await parse(JSON.stringify(state))).toEqual(state);
  });

  const list = `${"1.5,".repeat(100_000)}2`;
  it.each([
    ["NaN in a list", `{"a":[${list},NaN,${list}]}`, "JSON has no NaN"],
    ["a list that ends in a comma", `{"a":[${list},]}`, "is not JSON"],
    ["an entry that is missing", `{"a":[${list},,${list}]}`, "is not JSON"],
    ["no entry but many commas", `{"a":[${",".repeat(300_000)}]}`, "is not JSON"],
    [
      "blanks between commas",
      `{"a":[1${" ".repeat(300_000)},${" ".repeat(300_000)},2]}`,
      "an entry of a list is missing",
    ],
    ["a list that ends as an object", `{"a":[${list}}}`, "is not JSON"],
    ["a list without its end", `{"a":[${list}`, "is not JSON"],
    ["brackets that cross", `{"a":[${list},{],${list},[}]}`, "is not JSON"],
    ["a list without its key", `{[${list}]}`, "is not JSON"],
    ["two lists on end", `{"a":[${list}][${list}]}`, "is not JSON"],
    ["two objects on end", `{"a":[${list}]}{"a":[${list}]}`, "is not JSON"],
    ["a key twice, of long lists", `{"a":[${list}],"a":[${list}]}`, "the same key twice"],
    ["a key twice, of a long list and a number", `{"a":[${list}],"a":1}`, "the same key twice"],
    ["a key twice within a long list", `{"a":[${list},{"b":1,"b":2}]}`, "the same key twice"],
  ])("that has %s is refused", async (_what, text, detail) => {
    await expect(parse(text)).rejects.toMatchObject({ code: "invalid_json", message: expect.stringContaining(detail) });
  });

  it("that is no UTF-8 is refused", async () => {
    const bytes = Buffer.from(`{"a":[${list}],"b":"\u4e16"}`);
    await expect(parse(bytes.fill(0x80, bytes.length - 5, bytes.length - 4))).rejects.toThrow("not UTF-8");
  });

  it("gives others their turn between its steps", async () => {
    let turns = 0;
    let now = 0;
    const slice = createTimeSlice(() => (now += 9));
    const body = parseBody(Buffer.from(`{"a":[${list},${list},${list}]}`), any, slice);
    const count = (): void => {
      turns += 1;
      if (turns < 1000) setImmediate(count);
    };
    setImmediate(count);
    await body;
    expect(turns).toBeGreaterThan(5);
    turns = 1000;
  });
});
