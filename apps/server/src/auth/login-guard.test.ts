import { beforeEach, describe, expect, it } from "vitest";
import { DomainError } from "../errors/domain-error.js";
import { RateLimited } from "../throttling/rate-limited.js";
import { createLoginGuard, type LoginGuard } from "./login-guard.js";
import { createHashingQueue } from "../password/hashing-queue.js";

const minute = 60_000_000;
const home = "203.0.113.7";
const elsewhere = "198.51.100.9";
let now: number;
let checks: number;
let guard: LoginGuard;

beforeEach(() => {
  now = 1_700_000_000_000_000;
  checks = 0;
  guard = createLoginGuard({
    clock: () => now,
    queue: createHashingQueue({ concurrency: 2, maxWaiting: 20 }),
    pairRate: { count: 5, period: 5 * 60_000 },
    addressRate: { count: 12, period: 12 * 60_000 },
  });
});

/** One attempt: true or false as the password was right or wrong, or the seconds to wait. */
async function attempt(username: string, address: string, password: "right" | "wrong"): Promise<boolean | number> {
  try {
    const opened = await guard.attempt(username, address, async () => {
      checks += 1;
      await new Promise(setImmediate);
      return password === "right" ? username : undefined;
    });
    return opened === username;
  } catch (error) {
    if (error instanceof RateLimited) return error.retryAfter;
    throw error;
  }
}

async function fail(username: string, address: string, times: number): Promise<(boolean | number)[]> {
  const results = [];
  for (let time = 0; time < times; time++) results.push(await attempt(username, address, "wrong"));
  return results;
}

describe("a name at an address", () => {
  it("may fail so often, then has to wait, even for the right password", async () => {
    expect(await fail("ada", home, 7)).toEqual([false, false, false, false, false, 60, 60]);
    expect(await attempt("ada", home, "right")).toBe(60);
    expect(checks).toBe(5);
    now += minute;
    expect(await attempt("ada", home, "right")).toBe(true);
  });

  it("is not locked out by failures from elsewhere, however many", async () => {
    for (let address = 1; address <= 50; address++) await fail("ada", `198.51.100.${address}`, 20);
    expect(await attempt("ada", home, "right")).toBe(true);
  });

  it("does not lock out the other names of its address", async () => {
    await fail("ada", home, 6);
    expect(await attempt("zoe", home, "right")).toBe(true);
  });

  it("starts anew after a success", async () => {
    await fail("ada", home, 4);
    expect(await attempt("ada", home, "right")).toBe(true);
    expect(await fail("ada", home, 6)).toEqual([false, false, false, false, false, 60]);
  });
});

describe("an address", () => {
  it("may fail so often with any names, and a success gives none of it back", async () => {
    for (let name = 0; name < 11; name++) {
      expect(await attempt(`guess ${name}`, elsewhere, "wrong")).toBe(false);
      expect(await attempt("mallory", elsewhere, "right")).toBe(true);
    }
    expect(await attempt("one more guess", elsewhere, "wrong")).toBe(false);
    expect(await attempt("mallory", elsewhere, "right")).toBe(60);
    expect(await attempt("mallory", home, "right")).toBe(true);
  });
});

describe("attempts at the same moment", () => {
  it("do not outrun the count", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => attempt("ada", home, "wrong")));
    expect(results.filter((result) => result === false)).toHaveLength(5);
    expect(results.filter((result) => result === 60)).toHaveLength(15);
    expect(checks).toBe(5);
  });

  it("with the right password all succeed, though more than may fail", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => attempt("ada", home, "right")));
    expect(results).toEqual(Array.from({ length: 20 }, () => true));
  });

  it("are refused where too many wait, but not at a place that has logged in before", async () => {
    expect(await attempt("ada", home, "right")).toBe(true);
    const flood = Array.from({ length: 40 }, (_, index) => attempt("ada", `198.51.100.${index}`, "wrong"));
    const atHome = attempt("ada", home, "right");
    const stranger = attempt("ada", "192.0.2.1", "right");
    expect(await stranger).toBe(2);
    expect(await atHome).toBe(true);
    const results = await Promise.all(flood);
    expect(results.filter((result) => result === 2)).toHaveLength(18);
    expect(results.filter((result) => result === false)).toHaveLength(22);
    expect(await attempt("ada", "192.0.2.1", "right")).toBe(true);
  });
});

it("a check that breaks down counts as no failure", async () => {
  for (let time = 0; time < 20; time++) {
    const broken = guard.attempt("ada", home, () => Promise.reject(new DomainError("unavailable", "stopping")));
    await expect(broken).rejects.toThrow("stopping");
  }
  expect(await attempt("ada", home, "right")).toBe(true);
});
