import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PriorityLines } from "./priority-lines.js";
import { Semaphore, TooManyWaitingError, type Waiting } from "./semaphore.js";

/** A task that ends when the test says so. */
function held(semaphore: Semaphore, permits: number, line = "ada", signal?: AbortSignal) {
  const state = { permits, running: false };
  let end = (): void => {};
  const done = semaphore.run({ line, permits, ...(signal && { signal }) }, () => {
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
    done,
    end: async () => {
      end();
      await done;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const running = (...tasks: readonly ReturnType<typeof held>[]) => tasks.map(({ state }) => state.running);

describe("a semaphore", () => {
  it("lets tasks hold no more permits than there are, and runs all in the end, in the order they came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 12 }), async (sizes) => {
        const semaphore = new Semaphore({ permits: 10 });
        const tasks = sizes.map((permits) => held(semaphore, permits));
        await turn();
        for (const [index, task] of tasks.entries()) {
          const runs = tasks.filter(({ state }) => state.running);
          expect(runs.reduce((sum, { state }) => sum + state.permits, 0)).toBeLessThanOrEqual(10);
          // The first that has not ended runs, and those that run are neighbours.
          expect(tasks.indexOf(runs[0]!)).toBe(index);
          expect(tasks.indexOf(runs.at(-1)!)).toBe(index + runs.length - 1);
          await task.end();
          await turn();
        }
      }),
      { numRuns: 50 },
    );
  });

  it("makes a task wait for at most one earlier task of another line, and for those that run", async () => {
    const semaphore = new Semaphore({ permits: 10 });
    const many = Array.from({ length: 20 }, () => held(semaphore, 10, "many"));
    const one = held(semaphore, 6, "one");
    const other = held(semaphore, 4, "other");
    await turn();
    for (const task of many.slice(0, 2)) {
      expect(one.state.running).toBe(false);
      await task.end();
      await turn();
    }
    expect(running(one, other, many[2]!)).toEqual([true, true, false]);
    for (const task of [one, other, ...many.slice(2)]) {
      await task.end();
      await turn();
    }
  });

  it("takes its permits back from a task that fails", async () => {
    const semaphore = new Semaphore({ permits: 10 });
    const task = { line: "ada", permits: 10 };
    await expect(semaphore.run(task, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await semaphore.run(task, async () => 7)).toBe(7);
  });

  it("rejects a task whose line is full, while those of other lines wait", async () => {
    const semaphore = new Semaphore({ permits: 1, maxWaiting: 1 });
    const [first, second] = [held(semaphore, 1), held(semaphore, 1)];
    await expect(semaphore.run({ line: "ada" }, async () => 1)).rejects.toThrow(TooManyWaitingError);
    const other = held(semaphore, 1, "bob");
    for (const task of [first, second, other]) {
      await task.end();
      await turn();
    }
    expect(running(first, second, other)).toEqual([false, false, false]);
  });

  it("serves lines by priority where it was given priority lines", async () => {
    const lines = new PriorityLines<Waiting>(["high", "low"]);
    const semaphore = new Semaphore({ permits: 1, lines });
    const [first, low, high] = [held(semaphore, 1, "low"), held(semaphore, 1, "low"), held(semaphore, 1, "high")];
    await first.end();
    await turn();
    expect(running(low, high)).toEqual([false, true]);
    await high.end();
    await turn();
    expect(running(low)).toEqual([true]);
    await low.end();
    expect(() => lines.count("middle")).toThrow("there is no line middle");
  });

  it("a task that gives up its wait lets those behind it have the permits", async () => {
    const semaphore = new Semaphore({ permits: 10 });
    const first = held(semaphore, 5);
    const controller = new AbortController();
    const large = held(semaphore, 10, "ada", controller.signal);
    const small = held(semaphore, 5);
    await turn();
    expect(running(first, large, small)).toEqual([true, false, false]);
    controller.abort(new Error("given up"));
    await expect(large.done).rejects.toThrow("given up");
    await turn();
    expect(running(first, large, small)).toEqual([true, false, true]);
    await Promise.all([first.end(), small.end()]);
    await expect(semaphore.run({ line: "ada", signal: controller.signal }, async () => 1)).rejects.toThrow("given up");
    expect(await semaphore.run({ line: "ada", permits: 10 }, async () => 1)).toBe(1);
  });
});
