import { describe, expect, it } from "vitest";
import { currentTag, gzipTag, listTag, rowTag } from "./entity-tag.js";

describe("currentTag", () => {
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
    expect(currentTag(header, rowTag(12))).toBe(current ? '"12"' : undefined);
    expect(currentTag(header, listTag(12))).toBe(current ? 'W/"12"' : undefined);
  });

  it.each([
    ['"12-gzip"', true],
    ['W/"12-gzip"', true],
    ['"11", "12-gzip"', true],
    ['"112-gzip"', false],
    ['"12-gzip-gzip"', false],
    ['"12-br"', false],
  ])("If-None-Match: %s, of a row as gzip", (header, current) => {
    expect(currentTag(header, rowTag(12))).toBe(current ? '"12-gzip"' : undefined);
  });
});

describe("gzipTag", () => {
  it("is another strong one, and the same weak one", () => {
    expect(gzipTag(rowTag(12))).toBe('"12-gzip"');
    expect(gzipTag(listTag(12))).toBe('W/"12"');
  });
});
