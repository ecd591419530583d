import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { PredictedFilter } from "@eca/contract";
import type { SequenceRow } from "../port/rows.js";
import type { Order, Page, PageRows, SequenceFilter, Store, TimeKey } from "../port/store.js";
import { addModule, essContent, sequenceContent } from "./contents.fixture.js";
import { type OpenStore, withStore } from "./use-store.fixture.js";

const statuses = ["n", "e", "sk"];

/** A log whose clock once went backwards, beside another one that must not show. */
async function seed(store: Store): Promise<void> {
  const instants = Array.from({ length: 40 }, (_, index) => (index < 25 ? 100 + (index >> 1) : 105 + index));
  await store.transact(async (tx) => {
    for (const moduleId of ["l", "m"]) {
      await addModule(tx, moduleId);
      await tx.insertEss(moduleId, essContent(), 1);
      for (const [index, at] of instants.entries()) {
        const status = statuses[(index * index) % statuses.length]!;
        const content = sequenceContent({ status, context: moduleId, instance_id: 1 + (index % 2) });
        const predicted = index % 4 === 3 || index > 36;
        await tx.insertSequence(moduleId, { ...content, predicted }, moduleId === "m" ? at : 0);
      }
    }
    for (const id of [3, 11, 30]) await tx.deleteSequence("m", id, 200);
    for (const id of [6, 22]) await tx.markPredicted("m", id, 200);
    await tx.updateSequence("m", 5, sequenceContent({ status: "x" }), 201);
  });
}

/** Filters let through what they say, in order, whatever the size of the pages. */
export function describeSequenceFilters(open: OpenStore): void {
  const order = fc.constantFrom<Order>("asc", "desc");
  const limit = fc.integer({ min: 1, max: 12 });
  const maxBytes = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
  const status = fc.constantFrom(undefined, ...statuses, "x", "");
  const predicted = fc.constantFrom<PredictedFilter | undefined>(undefined, "include", "exclude", "only");
  const isWanted = (row: SequenceRow, wanted: PredictedFilter = "include") =>
    wanted === "include" || row.predicted === (wanted === "only");
  const instant = fc.option(fc.integer({ min: 98, max: 148 }), { nil: undefined });

  async function walk<Key>(
    read: (page: Page<Key>) => Promise<PageRows<SequenceRow, Key>>,
    { order, limit, maxBytes }: { order: Order; limit: number; maxBytes: number | undefined },
    keyOf: (row: SequenceRow) => Key,
  ): Promise<SequenceRow[]> {
    const rows: SequenceRow[] = [];
    for (let after: Key | undefined; ;) {
      const page = await read({
        order,
        limit,
        ...(maxBytes !== undefined && { maxBytes }),
        ...(after !== undefined && { after }),
      });
      expect(page.length).toBeLessThanOrEqual(limit);
      rows.push(...page);
      if (page.next === undefined && page.length < limit) return rows;
      after = page.next ?? keyOf(page.at(-1) as SequenceRow);
    }
  }

  it("by status and whether it was predicted, by id", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      const all = await store.sequencePage("m", { order: "asc", limit: 100 });
      expect(all).toHaveLength(37);
      await fc.assert(
        fc.asyncProperty(order, limit, maxBytes, status, predicted, async (...given) => {
          const [order, limit, maxBytes, status, predicted] = given;
          const selection = { ...(status !== undefined && { status }), ...(predicted && { predicted }) };
          const expected = all.filter(
            (row) => (status === undefined || row.status === status) && isWanted(row, predicted),
          );
          const rows = await walk(
            (page: Page) => store.sequencePage("m", page, selection),
            { order, limit, maxBytes },
            (row) => row.id,
          );
          expect(rows).toEqual(order === "asc" ? expected : expected.toReversed());
        }),
        { numRuns: 120 },
      );
    });
  });

  it("by time, status and whether it was predicted, by instant, then id", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      const all = (await store.sequencePage("m", { order: "asc", limit: 100 })).toSorted(
        (a, b) => a.created_at - b.created_at || a.id - b.id,
      );
      await fc.assert(
        fc.asyncProperty(order, limit, maxBytes, status, predicted, instant, instant, async (...given) => {
          const [order, limit, maxBytes, status, predicted, from, to] = given;
          const filter: SequenceFilter = {
            ...(status !== undefined && { status }),
            ...(from !== undefined && { from }),
            ...(to !== undefined && { to }),
            ...(predicted && { predicted }),
          };
          const expected = all.filter(
            (row) =>
              (status === undefined || row.status === status) &&
              row.created_at >= (from ?? 0) &&
              row.created_at < (to ?? Infinity) &&
              isWanted(row, predicted),
          );
          const read = (page: Page<TimeKey>) => store.sequencesBetween("m", filter, page);
          const rows = await walk<TimeKey>(read, { order, limit, maxBytes }, (row) => [row.created_at, row.id]);
          expect(rows).toEqual(order === "asc" ? expected : expected.toReversed());
        }),
        { numRuns: 240 },
      );
      const everything = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
      expect(await store.sequencesBetween("m", everything, { order: "asc", limit: 100 })).toEqual(all);
      expect(await store.sequencesBetween("nobody", everything, { order: "asc", limit: 100 })).toEqual([]);
    });
  });

  // A status that one of 60,000 entries had held up all other callers for seconds.
  it("by a status that few entries of a time have, of a page that ends after some were looked at", async () => {
    await withStore(open, async ({ store }) => {
      await store.transact(async (tx) => {
        await addModule(tx, "m");
        for (let id = 1; id <= 3000; id++) {
          await tx.insertSequence("m", sequenceContent({ status: id === 10 || id === 2900 ? "rare" : "n" }), id);
        }
      });
      const filter = { status: "rare", from: 1 };
      const pages: number[][] = [];
      for (let after: TimeKey | undefined; ;) {
        const page = await store.sequencesBetween("m", filter, {
          order: "desc",
          limit: 64,
          maxBytes: 1000,
          ...(after !== undefined && { after }),
        });
        pages.push(page.map(({ id }) => id));
        if (page.next === undefined) break;
        after = page.next;
      }
      expect(pages.flat()).toEqual([2900, 10]);
      expect(pages.length).toBeGreaterThan(2);
      const whole = await store.sequencesBetween("m", filter, { order: "asc", limit: 64 });
      expect(whole.map(({ id }) => id)).toEqual([10, 2900]);
    });
  });

  it("observations alone, by status or by their state", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      const all = await store.sequencePage("m", { order: "asc", limit: 100 }, { predicted: "exclude" });
      const wanted = fc
        .record({ order, limit, after: fc.option(fc.integer({ min: 0, max: 41 }), { nil: undefined }) })
        .map(({ after, ...page }): Page => (after === undefined ? page : { ...page, after }));
      const pageOf = <Row extends { readonly id: number }>(
        rows: readonly Row[],
        { order, limit, after }: Page,
      ): readonly Row[] => {
        const ordered = order === "asc" ? rows : rows.toReversed();
        const isLeft = ({ id }: Row) => after === undefined || (order === "asc" ? id > after : id < after);
        return ordered.filter(isLeft).slice(0, limit);
      };
      await fc.assert(
        fc.asyncProperty(wanted, status, fc.integer({ min: 1, max: 3 }), async (page, status, instanceId) => {
          const ofStatus = all.filter((row) => status === undefined || row.status === status);
          expect(await store.observationPage("m", page, status)).toEqual(
            pageOf(ofStatus, page).map(({ id, instance_id }) => ({ id, instance_id })),
          );
          const ofInstance = all.filter((row) => row.instance_id === instanceId);
          expect(await store.occurrencePage("m", instanceId, page)).toEqual(
            pageOf(ofInstance, page).map(({ id, status }) => ({ id, status })),
          );
        }),
        { numRuns: 120 },
      );
    });
  });
}
