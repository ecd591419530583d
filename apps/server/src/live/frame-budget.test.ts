import { describe, expect, it } from "vitest";
import { FrameBudget } from "./frame-budget.js";

const second = 1_000_000;

function budgetOf(bytes: number | undefined) {
  let now = 0;
  let made = 0;
  const budget = new FrameBudget(bytes, () => now);
  const frame = (user: string, length: number) =>
    budget.make(user, async () => {
      made += 1;
      return "x".repeat(length);
    });
  return { budget, frame, pass: (seconds: number) => (now += seconds * second), made: () => made };
}

describe("the bytes of a user's frames", () => {
  it("are sent all at once, then as time passes", async () => {
    const { frame, pass, made } = budgetOf(1000);
    for (let sent = 0; sent < 10; sent++) expect(await frame("ada", 100)).toHaveLength(100);
    expect(await frame("ada", 100)).toBeUndefined();
    expect(made()).toBe(10);
    pass(0.05);
    expect(await frame("ada", 100)).toHaveLength(100);
    pass(0.04);
    expect(await frame("ada", 1)).toBeUndefined();
  });

  it("that a large frame takes beyond them are made up for", async () => {
    const { frame, pass } = budgetOf(1000);
    expect(await frame("ada", 5500)).toHaveLength(5500);
    pass(4.4);
    expect(await frame("ada", 1)).toBeUndefined();
    pass(0.2);
    expect(await frame("ada", 1)).toHaveLength(1);
  });

  it("are those of the user alone, in bytes and not in characters", async () => {
    const { budget, frame } = budgetOf(10);
    expect(await budget.make("ada", async () => "€€€€")).toBe("€€€€");
    expect(await frame("ada", 1)).toBeUndefined();
    expect(await frame("bob", 1)).toBe("x");
  });

  it("are not bounded where there is no bound", async () => {
    const { frame } = budgetOf(undefined);
    for (let sent = 0; sent < 5; sent++) expect(await frame("ada", 100_000)).toHaveLength(100_000);
  });
});

describe("frames at the same moment", () => {
  it("of one user are made one after the other, so that those beyond the bytes are not made at all", async () => {
    const { frame, made } = budgetOf(1000);
    const frames = await Promise.all(Array.from({ length: 50 }, () => frame("ada", 400)));
    expect(frames.filter((text) => text !== undefined)).toHaveLength(3);
    expect(made()).toBe(3);
  });

  it("of others do not wait for them, and one that fails keeps none back", async () => {
    const { budget, frame } = budgetOf(1000);
    let let_go = (): void => undefined;
    const held = budget.make("ada", () => new Promise((resolve) => (let_go = () => resolve("late"))));
    const next = frame("ada", 3);
    const failing = budget.make("ada", () => Promise.reject(new Error("broken")));
    const last = frame("ada", 4);
    expect(await frame("bob", 2)).toBe("xx");
    let_go();
    await expect(failing).rejects.toThrow("broken");
    expect(await Promise.all([held, next, last])).toEqual(["late", "xxx", "xxxx"]);
  });
});
