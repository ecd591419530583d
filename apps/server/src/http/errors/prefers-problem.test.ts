import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefersProblem } from "./prefers-problem.js";

describe("prefersProblem", () => {
  it.each([
    [undefined, false],
    ["", false],
    ["*/*", false],
    ["application/*", false],
    ["application/json", false],
    ["text/html, */*;q=0.8", false],
    ["application/problem+json", true],
    ["Application/Problem+JSON", true],
    ["application/json, application/problem+json", true],
    ["application/problem+json, application/json", true],
    ["application/problem+json, */*", true],
    ["application/problem+json;q=0.1", true],
    ["application/problem+json ; q = 0.5 , application/json;q=0.5", true],
    ["application/problem+json;q=0.5, application/json", false],
    ["application/problem+json;q=0.5, application/*;q=0.8", false],
    ["application/problem+json;q=0.5, */*;q=0.8", false],
    ["application/problem+json;q=0.5, */*;q=0.8, application/json;q=0.1", true],
    ["application/problem+json;q=0", false],
    ["application/problem+json;q=0.000, */*", false],
    ["application/problem+json;q=2", false],
    ["application/problem+json;q=x", false],
    ["application/problem+json;profile=short", false],
    ["application/problem+jsonx", false],
    ["xapplication/problem+json", false],
  ])("%j: %s", (accept, expected) => {
    expect(prefersProblem(accept)).toBe(expected);
  });

  const quality = fc.integer({ min: 0, max: 1000 });
  const range = (type: string, thousandths: number) => `${type};q=${thousandths / 1000}`;

  it("follows the qualities, whatever the order", () => {
    fc.assert(
      fc.property(quality, quality, quality, fc.boolean(), (problem, plain, any, turned) => {
        const ranges = [
          range("application/problem+json", problem),
          range("application/json", plain),
          range("*/*", any),
        ];
        const accept = (turned ? ranges.toReversed() : ranges).join(", ");
        expect(prefersProblem(accept)).toBe(problem > 0 && problem >= plain);
      }),
      { seed: 9457 },
    );
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(typeof prefersProblem(`${before}application/problem+json${after}`)).toBe("boolean");
      }),
      { seed: 9457 },
    );
  });
});
