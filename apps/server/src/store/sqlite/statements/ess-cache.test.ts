import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { essContent } from "../../conformance/contents.fixture.js";
import type { EssRow } from "../../port/rows.js";
import type { Page } from "../../port/store.js";
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
  it("gives what was put, by module and id", () => {
    const cache = new EssCache();
    const rows = [row("a", 1), row("a", 2), row("b", 1)];
    for (const each of rows) cache.put(each);
    for (const each of rows) expect(cache.get(each.module_id, each.id)).toBe(each);
    expect(cache.get("b", 2)).toBeUndefined();
    expect(cache.get("c", 1)).toBeUndefined();
  });

  it("hides a row while it is updated, forgets it then, and hides all from a transaction that has updated any", () => {
    const cache = new EssCache();
    cache.put(row("a", 1));
    cache.put(row("a", 2));
    expect(cache.getWithin("a", 1)).toBeDefined();
    cache.noteUpdate("a", 1);
    expect(cache.getWithin("a", 1)).toBeUndefined();
    expect(cache.getWithin("a", 2)).toBeUndefined();
    // Others are left to the database, which may show them the update before it has ended.
    expect(cache.get("a", 1)).toBeUndefined();
    expect(cache.get("a", 2)).toBeDefined();
    cache.ended();
    expect(cache.get("a", 1)).toBeUndefined();
    expect(cache.getWithin("a", 2)).toBeDefined();
  });

  it("drops an updated row wherever it is kept", () => {
    const cache = new EssCache(20_000);
    cache.put(row("a", 1));
    for (let id = 2; cache.get("a", 1) === undefined || id < 12; id++) cache.put(row("a", id));
    cache.noteUpdate("a", 1);
    cache.ended();
    expect(cache.get("a", 1)).toBeUndefined();
  });

  it("keeps to its budget: what nobody reads goes first", () => {
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

  it("holds many components and long texts to the same budget", () => {
    const cache = new EssCache(1_000_000);
    for (let id = 1; id <= 50; id++) cache.put(row("a", id, { context: "x".repeat(50_000) }));
    const kept = Array.from({ length: 50 }, (_, index) => cache.get("a", index + 1)).filter(
      (each) => each !== undefined,
    );
    expect(kept.length).toBeLessThanOrEqual(12);
  });
});

describe("what is read by way of the cache", () => {
  /** A database that returns pages, and records the calls. */
  function createTable(count: number) {
    const rows = Array.from({ length: count }, (_, index) => row("a", index + 1));
    const asked: Page[] = [];
    const read = (page: Page): EssRow[] => {
      asked.push(page);
      const { order, limit, after = order === "asc" ? 0 : Number.MAX_SAFE_INTEGER } = page;
      const ordered = order === "asc" ? rows : rows.toReversed();
      return ordered.filter(({ id }) => (order === "asc" ? id > after : id < after)).slice(0, limit);
    };
    return { rows, asked, read };
  }

  const pages: fc.Arbitrary<Page> = fc.record(
    {
      order: fc.constantFrom("asc" as const, "desc" as const),
      limit: fc.integer({ min: 1, max: 12 }),
      after: fc.integer({ min: 0, max: 9 }),
      passing: fc.boolean(),
    },
    { requiredKeys: ["order", "limit"] },
  );
  const steps = fc.record({
    kind: fc.constantFrom("page", "page", "one", "put", "insert", "update", "commit", "end"),
    index: fc.nat(5),
    page: pages,
  });
  type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value & { readonly page: Page } : never;

  it("is what the database would return, whatever came before", () => {
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.array(steps, { maxLength: 60, size: "max" }),
        fc.constantFrom(5000, 2 ** 20),
        (count, run, budget) => {
          const { rows, read } = createTable(count);
          const cache = new EssCache(budget);
          const updated = new Set<number>();
          let revision = 2;
          const take: Record<Step["kind"], (step: Step) => void> = {
            page: ({ page }) => expect(cache.page("a", page, read)).toEqual(read(page)),
            put: ({ index }) => {
              for (const found of rows.slice(index, index + 1)) cache.put(found);
            },
            one: ({ index }) => expect(cache.get("a", index + 1) ?? rows[index]).toEqual(rows[index]),
            insert: () => rows.push(row("a", rows.length + 1)),
            update: ({ index }) => {
              if (index >= rows.length) return;
              cache.noteUpdate("a", index + 1);
              updated.add(index);
            },
            // Readers see a commit before it is known to have ended.
            commit: () => {
              for (const index of updated) rows[index] = row("a", index + 1, { revision: revision++ });
              updated.clear();
            },
            // What was not committed by now never is.
            end: () => {
              updated.clear();
              cache.ended();
            },
          };
          for (const step of run) take[step.kind](step);
        },
      ),
    );
  });

  it("asks for the rows of a page that are not here, and for nothing else", () => {
    const { asked, read } = createTable(10);
    const cache = new EssCache();
    cache.page("a", { order: "asc", limit: 4 }, read);
    cache.page("a", { order: "asc", limit: 3 }, read);
    cache.page("a", { order: "desc", limit: 2, after: 4 }, read);
    expect(asked).toEqual([{ order: "asc", limit: 4 }]);
    cache.page("a", { order: "asc", limit: 6 }, read);
    expect(asked.slice(1)).toEqual([{ order: "asc", limit: 2, after: 4 }]);
  });

  it("keeps nothing that is read in passing", () => {
    const { asked, read } = createTable(10);
    const cache = new EssCache();
    const page = { order: "asc", limit: 4, passing: true } as const;
    cache.page("a", page, read);
    cache.page("a", page, read);
    expect(asked).toEqual([page, page]);
  });
});
