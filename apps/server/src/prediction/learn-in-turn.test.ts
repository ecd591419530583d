import { expect, it } from "vitest";
import { Semaphore } from "../throttling/semaphore.js";
import { learnInTurn } from "./learn-in-turn.js";

it("a short log is learned at once, ahead of long ones that wait", async () => {
  const budget = new Semaphore({ permits: 100_000 });
  const running: number[] = [];
  const ends: (() => void)[] = [];
  const [first, second, small] = [100_000, 99_999, 10_000].map((rows) =>
    learnInTurn(budget, "ada", rows, () => {
      running.push(rows);
      return new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  expect(running).toEqual([100_000, 10_000]);
  ends[1]!();
  await small;
  expect(running).toEqual([100_000, 10_000]);
  ends[0]!();
  await first;
  await new Promise(setImmediate);
  expect(running).toEqual([100_000, 10_000, 99_999]);
  ends[2]!();
  await second;
});
