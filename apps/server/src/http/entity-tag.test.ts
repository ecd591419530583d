import { describe, expect, it } from "vitest";
import { isCurrent, listTag, rowTag } from "./entity-tag.js";

describe("isCurrent", () => {
  it.each([
    ["*", true],
    ['"12"', true],
    ['W/"12"', true],
    ['"1", W/"12"', true],
    ['"1" ,\t"12"', true],
    ['"1"', false],
    ['"112", "122"', false],
    ['"1,2"', false],
  ])("If-None-Match: %s", (header, current) => {
    expect(isCurrent(header, rowTag(12))).toBe(current);
    expect(isCurrent(header, listTag(12))).toBe(current);
  });
});
