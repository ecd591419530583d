import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SequenceRow } from "../rows.js";
import type { Order, Page, SequenceFilter, Store, TimeKey } from "../store.js";
import { addModule, sequenceContent } from "./contents.fixture.js";
import { type OpenStore, withStore } from "./use-store.fixture.js";

const statuses = ["n", "e", "sk"];

/** A log whose clock once went backwards, beside another one that must not show. */
async function seed(store: Store): Promise<void> {
  const instants = Array.from({ length: 40 }, (_, index) => (index < 25 ? 100 + (index >> 1) : 105 + index));
  await store.transact(async (tx) => {
    for (const moduleId of ["l", "m"]) {
      await addModule(tx, moduleId);
      for (const [index, at] of instants.entries()) {
        const status = statuses[(index * index) % statuses.length]!;
        await tx.insertSequence(moduleId, sequenceContent({ status, context: moduleId }), moduleId === "m" ? at : 0);
      }
    }
    for (const id of [3, 11, 30]) await tx.deleteSequence("m", id, 200);
    await tx.updateSequence("m", 5, sequenceContent({ status: "x" }), 201);
  });
}

/** Filters let through what they say, in order, whatever the size of the pages. */
export function describeSequenceFilters(open: OpenStore): void {
  const order = fc.constantFrom<Order>("asc", "desc");
  const limit = fc.integer({ min: 1, max: 12 });
  const status = fc.constantFrom(undefined, ...statuses, "x", "");
  const instant = fc.option(fc.integer({ min: 98, max: 148 }), { nil: undefined });

  async function walk<Key>(
    read: (page: Page<Key>) => Promise<SequenceRow[]>,
    order: Order,
    limit: number,
    keyOf: (row: SequenceRow) => Key,
  ): Promise<SequenceRow[]> {
    const rows: SequenceRow[] = [];
    for (;;) {
      const last = rows.at(-1);
      const page = await read({ order, limit, ...(last !== undefined && { after: keyOf(last) }) });
      expect(page.length).toBeLessThanOrEqual(limit);
      rows.push(...page);
      if (page.length < limit) return rows;
    }
  }

  test("by status, by id", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      const all = await store.sequencePage("m", { order: "asc", limit: 100 });
      expect(all).toHaveLength(37);
      await fc.assert(
        fc.asyncProperty(order, limit, status, async (order, limit, status) => {
          const expected = all.filter((row) => status === undefined || row.status === status);
          const rows = await walk(
            (page: Page) => store.sequencePage("m", page, status),
            order,
            limit,
            (row) => row.id,
          );
          expect(rows).toEqual(order === "asc" ? expected : expected.toReversed());
        }),
        { numRuns: 60 },
      );
    });
  });

  test("by time and status, by instant, then id", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      const all = (await store.sequencePage("m", { order: "asc", limit: 100 })).toSorted(
        (a, b) => a.created_at - b.created_at || a.id - b.id,
      );
      await fc.assert(
        fc.asyncProperty(order, limit, status, instant, instant, async (order, limit, status, from, to) => {
          const filter: SequenceFilter = {
            ...(status !== undefined && { status }),
            ...(from !== undefined && { from }),
            ...(to !== undefined && { to }),
          };
          const expected = all.filter(
            (row) =>
              (status === undefined || row.status === status) &&
              row.created_at >= (from ?? 0) &&
              row.created_at < (to ?? Infinity),
          );
          const read = (page: Page<TimeKey>) => store.sequencesBetween("m", filter, page);
          const rows = await walk<TimeKey>(read, order, limit, (row) => [row.created_at, row.id]);
          expect(rows).toEqual(order === "asc" ? expected : expected.toReversed());
        }),
        { numRuns: 120 },
      );
      const everything = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
      expect(await store.sequencesBetween("m", everything, { order: "asc", limit: 100 })).toEqual(all);
      expect(await store.sequencesBetween("nobody", everything, { order: "asc", limit: 100 })).toEqual([]);
    });
  });
}
