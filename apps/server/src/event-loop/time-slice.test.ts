import { beforeEach, expect, it } from "vitest";
import { createTimeSlice, type TimeSlice } from "./time-slice.js";

/** A clock that moves with the work alone. */
let now: number;
let timeSlice: TimeSlice;
beforeEach(() => {
  now = 0;
  timeSlice = createTimeSlice(() => now);
});

const milliseconds = 3;

async function work(steps: number, note: () => void = () => {}): Promise<void> {
  for (let step = 0; step < steps; step++) {
    if (timeSlice.isOver) await timeSlice.next();
    now += milliseconds;
    note();
  }
}

/** Runs all and returns how long each turn of the event loop was blocked. */
async function turnsDuring(all: () => Promise<void>[]): Promise<number[]> {
  const turns: number[] = [];
  let last = now;
  let isDone = false;
  const watch = () => {
    turns.push(now - last);
    last = now;
    if (!isDone) setImmediate(watch);
  };
  setImmediate(watch);
  await Promise.all(all());
  isDone = true;
  return turns;
}

it.each([1, 2, 20])(
  "%i long tasks at once block no turn of the event loop for longer than a slice and a step",
  async (count) => {
    const turns = await turnsDuring(() => Array.from({ length: count }, () => work(30)));
    expect(Math.max(...turns)).toBe(3 * milliseconds);
  },
);

it("a long task that begins while others wait shares their turn of the event loop", async () => {
  const late: Promise<void>[] = [];
  const begin = () => void (late.length < 10 && late.push(work(2)));
  const turns = await turnsDuring(() => [work(30, begin), work(30, begin)]);
  await Promise.all(late);
  expect(late).toHaveLength(10);
  expect(Math.max(...turns)).toBe(3 * milliseconds);
});

it("tasks that wait for a time slice go on in the order of waiting", async () => {
  const order: string[] = [];
  await Promise.all(["a", "b", "c"].map((name) => work(6, () => order.push(name))));
  // The first begins at once, and was the first to wait.
  expect(order.join("")).toBe(["aaa", "aaa", "bbb", "ccc", "bbb", "ccc"].join(""));
});

it("a task shorter than a time slice does not wait", async () => {
  let steps = 0;
  const done = work(2, () => steps++);
  expect(steps).toBe(2);
  await done;
});
