import { describe, expect, it } from "vitest";
import { parseIfMatch, requireRevision } from "./preconditions.js";

describe("If-Match", () => {
  it.each([
    [undefined, 12],
    ["*", 12],
    ['"12"', 12],
    ['"11", "12"', 12],
    ['W/"12", "12"', 12],
  ])("%s lets revision %i through", (header, revision) => {
    expect(() => requireRevision({ revision }, parseIfMatch(header))).not.toThrow();
  });

  it.each([
    ['"11"', 12],
    ['W/"12"', 12],
    ['"012x"', 12],
    ['"abc"', 12],
    ['""', 0],
  ])("%s stops revision %i", (header, revision) => {
    expect(() => requireRevision({ revision }, parseIfMatch(header))).toThrow(
      expect.objectContaining({ code: "precondition_failed", message: expect.stringContaining(`"${revision}"`) }),
    );
  });
});
