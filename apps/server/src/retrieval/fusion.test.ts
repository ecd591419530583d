import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuse } from "./fusion.js";

const same = (item: string): string => item;

describe("fuse", () => {
  it("puts what several rankings have before what one has", () => {
    expect(
      fuse(
        [
          ["a", "b"],
          ["c", "b"],
        ],
        same,
      ),
    ).toEqual(["b", "a", "c"]);
  });

  it("adds up 1 / (60 + rank)", () => {
    // b: 1/62 + 1/63, c: 1/63 + 1/61, a: 1/61, d: 1/62.
    expect(
      fuse(
        [
          ["a", "b", "c"],
          ["c", "d", "b"],
        ],
        same,
      ),
    ).toEqual(["c", "b", "a", "d"]);
  });

  it("keeps the order of a single ranking, and loses and doubles nothing", () => {
    const ranking = fc.uniqueArray(fc.string(), { maxLength: 30 });
    fc.assert(
      fc.property(ranking, (items) => {
        expect(fuse([items], same)).toEqual(items);
      }),
    );
    fc.assert(
      fc.property(fc.array(ranking, { maxLength: 4 }), (rankings) => {
        expect(fuse(rankings, same).toSorted()).toEqual([...new Set(rankings.flat())].toSorted());
      }),
    );
  });
});
