import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toContext } from "./context.js";

describe("toContext", () => {
  it("turns the most recent first of the wire into oldest first", () => {
    expect(toContext(4, [3, 2, 1])).toEqual([1, 2, 3, 4]);
  });

  it("is the current state alone where nothing was before", () => {
    expect(toContext(4)).toEqual([4]);
    expect(toContext(4, [])).toEqual([4]);
  });

  it("drops a leading repeat of the current state", () => {
    expect(toContext(4, [4, 3, 2])).toEqual([2, 3, 4]);
    expect(toContext(4, [4])).toEqual([4]);
  });

  it("drops one repeat alone, so that a state can have come twice in a row", () => {
    expect(toContext(4, [4, 4, 3])).toEqual([3, 4, 4]);
  });

  it("keeps the current state where it comes again further back", () => {
    expect(toContext(4, [3, 4, 4])).toEqual([4, 4, 3, 4]);
  });

  it("leaves what it was given as it was", () => {
    const previous = Object.freeze([4, 3, 2]);
    expect(toContext(4, previous)).toEqual([2, 3, 4]);
    expect(previous).toEqual([4, 3, 2]);
  });

  it("means the same with and without the repeat, unless the repeat is meant", () => {
    const ids = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), ids, (current, previous) => {
        fc.pre(previous[0] !== current);
        expect(toContext(current, [current, ...previous])).toEqual(toContext(current, previous));
      }),
    );
  });
});
