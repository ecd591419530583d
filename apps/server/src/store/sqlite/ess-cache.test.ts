import { describe, expect, test } from "vitest";
import { essContent } from "../conformance/contents.fixture.js";
import type { EssRow } from "../rows.js";
import { EssCache } from "./ess-cache.js";

const row = (module_id: string, id: number, overrides: Partial<EssRow> = {}): EssRow => ({
  ...essContent(),
  id,
  module_id,
  created_at: 1,
  updated_at: 1,
  revision: 1,
  ...overrides,
});

describe("a cache of states", () => {
  test("gives what was put, by module and id", () => {
    const cache = new EssCache();
    const rows = [row("a", 1), row("a", 2), row("b", 1)];
    for (const each of rows) cache.put(each);
    for (const each of rows) expect(cache.get(each.module_id, each.id)).toBe(each);
    expect(cache.get("b", 2)).toBeUndefined();
    expect(cache.get("c", 1)).toBeUndefined();
  });

  test("forgets a row whose update has ended, and hides all from a transaction that has updated any", () => {
    const cache = new EssCache();
    cache.put(row("a", 1));
    cache.put(row("a", 2));
    expect(cache.getWithin("a", 1)).toBeDefined();
    cache.noteUpdate("a", 1);
    expect(cache.getWithin("a", 1)).toBeUndefined();
    expect(cache.getWithin("a", 2)).toBeUndefined();
    // Others see what was committed last.
    expect(cache.get("a", 1)).toBeDefined();
    cache.ended();
    expect(cache.get("a", 1)).toBeUndefined();
    expect(cache.getWithin("a", 2)).toBeDefined();
  });

  test("forgets an updated row wherever it stands", () => {
    const cache = new EssCache(20_000);
    cache.put(row("a", 1));
    for (let id = 2; cache.get("a", 1) === undefined || id < 12; id++) cache.put(row("a", id));
    cache.noteUpdate("a", 1);
    cache.ended();
    expect(cache.get("a", 1)).toBeUndefined();
  });

  test("keeps to its budget: what nobody reads goes first", () => {
    const state = new Float32Array(10_000);
    const budget = 1_000_000;
    const cache = new EssCache(budget);
    const hot = row("a", 1, { state });
    cache.put(hot);
    for (let id = 2; id <= 200; id++) {
      cache.put(row("a", id, { state }));
      expect(cache.get("a", 1)).toBe(hot);
    }
    const kept = Array.from({ length: 200 }, (_, index) => cache.get("a", index + 1)).filter(
      (each) => each !== undefined,
    );
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.length * state.byteLength).toBeLessThanOrEqual(budget);
  });

  test("holds many components and long texts to the same budget", () => {
    const cache = new EssCache(1_000_000);
    for (let id = 1; id <= 50; id++) cache.put(row("a", id, { context: "x".repeat(50_000) }));
    const kept = Array.from({ length: 50 }, (_, index) => cache.get("a", index + 1)).filter(
      (each) => each !== undefined,
    );
    expect(kept.length).toBeLessThanOrEqual(12);
  });
});
