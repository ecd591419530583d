import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RowBudget } from "./row-budget.js";

/** A work that ends when it is told to. */
function held(budget: RowBudget, rows: number, user = "ada") {
  const state = { rows, running: false };
  let end = (): void => {};
  const done = budget.run(user, rows, () => {
    state.running = true;
    return new Promise<void>((resolve) => {
      end = () => {
        state.running = false;
        resolve();
      };
    });
  });
  return {
    state,
    end: async () => {
      end();
      await done;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("RowBudget", () => {
  it("lets no more rows be learned than there is room for, and everybody in the end, in the order they came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 10_001, max: 100_000 }), { maxLength: 12 }), async (sizes) => {
        const budget = new RowBudget(100_000);
        const works = sizes.map((rows) => held(budget, rows));
        await turn();
        for (const [index, work] of works.entries()) {
          const running = works.filter(({ state }) => state.running);
          expect(running.reduce((sum, { state }) => sum + state.rows, 0)).toBeLessThanOrEqual(100_000);
          // The first that has not ended runs, and those that run stand in a row.
          expect(works.indexOf(running[0]!)).toBe(index);
          expect(works.indexOf(running.at(-1)!)).toBe(index + running.length - 1);
          await work.end();
          await turn();
        }
      }),
      { numRuns: 50 },
    );
  });

  it("lets no user wait for more than one of another's that came before, and what runs", async () => {
    const budget = new RowBudget(100_000);
    const many = Array.from({ length: 20 }, () => held(budget, 100_000, "many"));
    const one = held(budget, 60_000, "one");
    const other = held(budget, 40_000, "other");
    await turn();
    for (const work of many.slice(0, 2)) {
      expect(one.state.running).toBe(false);
      await work.end();
      await turn();
    }
    expect([one, other, many[2]!].map(({ state }) => state.running)).toEqual([true, true, false]);
    for (const work of [one, other, ...many.slice(2)]) {
      await work.end();
      await turn();
    }
  });

  it("lets small works pass those that wait", async () => {
    const budget = new RowBudget(100_000);
    const [first, second, small] = [100_000, 100_000, 10_000].map((rows) => held(budget, rows));
    await turn();
    expect([first, second, small].map((work) => work!.state.running)).toEqual([true, false, true]);
    for (const work of [small, first]) await work!.end();
    await turn();
    expect(second!.state.running).toBe(true);
    await second!.end();
  });

  it("takes its room back from a work that fails", async () => {
    const budget = new RowBudget(100_000);
    await expect(budget.run("ada", 100_000, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await budget.run("ada", 100_000, async () => 7)).toBe(7);
  });
});
