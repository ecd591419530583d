import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateLimiter } from "./rate-limiter.js";

const second = 1_000_000;

/** A limiter whose clock does not move until the test moves it. */
function limiter(count: number, period: number, maxNames?: number) {
  let now = 1_700_000_000 * second;
  const limiter = new RateLimiter({ count, period }, () => now, maxNames);
  return { limiter, pass: (micros: number) => void (now += micros), now: () => now };
}

const taken = (limiter: RateLimiter, name: string, attempts: number): number =>
  Array.from({ length: attempts }, () => limiter.take(name)).filter((wait) => wait === 0).length;

describe("a rate limiter", () => {
  it("allows all at once, then one by one", () => {
    const { limiter: subject, pass } = limiter(10, 60_000);
    expect(taken(subject, "a", 20)).toBe(10);
    expect(subject.take("a")).toBe(6 * second);
    pass(6 * second - 1000);
    expect(subject.take("a")).toBe(1000);
    pass(1000);
    expect(taken(subject, "a", 5)).toBe(1);
    pass(60 * second);
    expect(taken(subject, "a", 20)).toBe(10);
  });

  it("counts each name by itself", () => {
    const { limiter: subject } = limiter(3, 1000);
    expect(taken(subject, "a", 5)).toBe(3);
    expect(taken(subject, "b", 5)).toBe(3);
  });

  it("reports what is left without taking it", () => {
    const { limiter: subject, pass } = limiter(2, 1000);
    expect(subject.allowance("a")).toEqual({ left: 2, wait: 0 });
    subject.take("a");
    expect(subject.allowance("a")).toEqual({ left: 1, wait: 0 });
    subject.take("a");
    expect(subject.allowance("a")).toEqual({ left: 0, wait: second / 2 });
    pass(second / 2);
    expect(subject.allowance("a")).toEqual({ left: 1, wait: 0 });
  });

  it("allows again what was given back or reset", () => {
    const { limiter: subject } = limiter(2, 1000);
    expect(taken(subject, "a", 3)).toBe(2);
    subject.giveBack("a");
    expect(taken(subject, "a", 3)).toBe(1);
    subject.reset("a");
    expect(taken(subject, "a", 3)).toBe(2);
  });

  it("keeps no more names than it may, however many come", () => {
    const { limiter: subject, pass } = limiter(5, 1000, 100);
    for (let name = 0; name < 10_000; name++) {
      subject.take(String(name));
      pass(10);
      expect(subject.size).toBeLessThanOrEqual(100);
    }
  });

  it("drops names that have not been used for two periods", () => {
    const { limiter: subject, pass } = limiter(5, 1000);
    for (let name = 0; name < 1000; name++) subject.take(String(name));
    pass(2 * second);
    subject.take("later");
    expect(subject.size).toBe(1);
  });

  it("allows at most the rate in any window, and never limits a caller who keeps to the pace", () => {
    const step = fc.record({ name: fc.constantFrom("a", "b"), wait: fc.integer({ min: 0, max: 400_000 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.array(step, { maxLength: 200 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (count, steps, seed) => {
          const { limiter: subject, pass, now } = limiter(count, 1000);
          pass(seed);
          const times: Record<string, number[]> = { a: [], b: [] };
          for (const { name, wait } of steps) {
            pass(wait);
            const { left } = subject.allowance(name);
            const isTaken = subject.take(name) === 0;
            expect(isTaken).toBe(left > 0);
            const before = times[name]!;
            const isAtPace = now() - (before.at(-1) ?? 0) >= second / count;
            expect(isTaken || !isAtPace).toBe(true);
            if (isTaken) before.push(now());
          }
          for (const each of Object.values(times)) {
            for (let from = 0; from < each.length; from++) {
              for (let to = from; to < each.length; to++) {
                const window = each[to]! - each[from]!;
                expect(to - from + 1).toBeLessThanOrEqual(count + (window * count) / second + 1e-6 * count + 1e-3);
              }
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
