import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTraceParent } from "./trace-context.js";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";

describe("parseTraceParent", () => {
  it.each([
    ["the specification's own example", `00-${traceId}-${parentId}-01`, true],
    ["its example that is not sampled", `00-${traceId}-${parentId}-00`, false],
    ["flags that are not defined yet", `00-${traceId}-${parentId}-fe`, false],
    ["a later version", `01-${traceId}-${parentId}-01`, true],
    ["a later version with more behind", `cc-${traceId}-${parentId}-01-what-the-future-will-be-like`, true],
  ])("takes %s", (_name, header, sampled) => {
    expect(parseTraceParent(header)).toEqual({ traceId, parentId, sampled });
  });

  it.each([
    ["nothing", undefined],
    ["an empty header", ""],
    ["two headers", `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`],
    ["a trace of zeros", `00-${"0".repeat(32)}-${parentId}-01`],
    ["a parent of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
    ["the version that is not one", `ff-${traceId}-${parentId}-01`],
    ["upper case", `00-${traceId.toUpperCase()}-${parentId}-01`],
    ["more behind version 00", `00-${traceId}-${parentId}-01-more`],
    ["more without a dash behind a later version", `cc-${traceId}-${parentId}-01.more`],
    ["a short trace", `00-${traceId.slice(1)}-${parentId}-01`],
    ["a long parent", `00-${traceId}-${parentId}0-01`],
    ["no flags", `00-${traceId}-${parentId}`],
    ["one digit of flags", `00-${traceId}-${parentId}-1`],
    ["space around it", ` 00-${traceId}-${parentId}-01`],
    ["a line break", `00-${traceId}-${parentId}-01\n`],
  ])("ignores %s", (_name, header) => {
    expect(parseTraceParent(header)).toBeUndefined();
  });

  it("reads back whatever is written by the rules, and throws on nothing", () => {
    const hex = (length: number) =>
      fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((digits) => !/^0*$/.test(digits));
    const flags = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(hex(32), hex(16), flags, (trace, parent, flag) => {
        const header = `00-${trace}-${parent}-${flag.toString(16).padStart(2, "0")}`;
        expect(parseTraceParent(header)).toEqual({ traceId: trace, parentId: parent, sampled: flag % 2 === 1 });
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseTraceParent(text)).toBeUndefined();
      }),
    );
  });
});
