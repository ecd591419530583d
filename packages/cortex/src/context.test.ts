import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leadingRepeats, toContexts } from "./context.js";

describe("toContexts", () => {
  it("turns the most recent first of the wire into oldest first", () => {
    expect(toContexts(4, [3, 2, 1], 0)).toEqual({ context: [1, 2, 3, 4] });
  });

  it("is the current state alone where nothing was before", () => {
    expect(toContexts(4, [], 1)).toEqual({ context: [4] });
  });

  it("drops a leading repeat where the log ends with the current state once", () => {
    expect(toContexts(4, [4, 3, 2], 1)).toEqual({ context: [2, 3, 4] });
    expect(toContexts(4, [4], 1)).toEqual({ context: [4] });
  });

  it("keeps it where the log ends with the current state once more than it is repeated", () => {
    expect(toContexts(4, [4, 3, 2], 2)).toEqual({ context: [2, 3, 4, 4] });
    expect(toContexts(4, [4], 2)).toEqual({ context: [4, 4] });
  });

  it("drops one repeat alone of those that the log shows", () => {
    expect(toContexts(4, [4, 4, 3], 2)).toEqual({ context: [3, 4, 4] });
    expect(toContexts(4, [4, 4, 3], 3)).toEqual({ context: [3, 4, 4, 4] });
    expect(toContexts(4, [4, 4, 3], 1)).toEqual({ context: [3, 4, 4] });
  });

  it("has two readings where the log ends otherwise: the list as it is, and one repeat dropped", () => {
    expect(toContexts(4, [4, 3, 2], 0)).toEqual({ context: [2, 3, 4, 4], otherwise: [2, 3, 4] });
    expect(toContexts(4, [4], 0)).toEqual({ context: [4, 4], otherwise: [4] });
  });

  it("keeps the current state where it comes again further back", () => {
    expect(toContexts(4, [3, 4, 4], 1)).toEqual({ context: [4, 4, 3, 4] });
  });

  it("leaves what it was given as it was", () => {
    const previous = Object.freeze([4, 3, 2]);
    expect(toContexts(4, previous, 1).context).toEqual([2, 3, 4]);
    expect(previous).toEqual([4, 3, 2]);
  });

  it("means the end of the log with and without the current state in front, of a caller who gives it as it is", () => {
    const log = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(log, fc.nat(), (log, start) => {
        const given = log.slice(start % (log.length - 1));
        const newestFirst = given.toReversed();
        const current = newestFirst[0]!;
        const run = leadingRepeats(current, log.toReversed());
        // Where only the current state is given, nothing says whether one more came before it.
        fc.pre(leadingRepeats(current, newestFirst) < given.length);
        expect(toContexts(current, newestFirst, run).context).toEqual(given);
        expect(toContexts(current, newestFirst.slice(1), run).context).toEqual(given);
      }),
    );
  });
});

describe("leadingRepeats", () => {
  it.each([
    [[], 0],
    [[2, 1], 0],
    [[1, 2, 1], 1],
    [[1, 1], 2],
  ])("of 1 in %j is %i", (ids, count) => {
    expect(leadingRepeats(1, ids)).toBe(count);
  });
});
