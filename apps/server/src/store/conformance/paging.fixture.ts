import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type ChangeKind, changeKinds } from "../port/rows.js";
import type { Order, Page, PageRows, Store } from "../port/store.js";
import {
  aggregateContent,
  documentContent,
  embeddingContent,
  essContent,
  responseContent,
  sequenceContent,
} from "./contents.fixture.js";
import { type OpenStore, withStore } from "./use-store.fixture.js";

const rows = 37;
const everyId = Array.from({ length: rows }, (_, index) => index + 1);
const deleted = [1, 2, 9, 20, 21, 22, rows];
const everyIdLeft = everyId.filter((id) => !deleted.includes(id));

/** A module with holes in its log, beside others that must not show. */
async function seed(store: Store): Promise<void> {
  await store.transact(async (tx) => {
    for (const moduleId of ["l", "m", "n", "\uffee", "\u{1f600}", ""]) {
      await tx.insertModule(moduleId, 2, 1);
      for (let id = 1; id <= rows; id += 1) {
        const component = { module_id: id % 3 === 0 ? "l" : "m", id: 1 };
        await tx.insertEss(moduleId, { ...aggregateContent([component]), score: id }, id);
        await tx.insertSequence(moduleId, sequenceContent({ instance_id: Math.ceil(id / 2) }), id);
        await tx.insertEmbedding(moduleId, embeddingContent({ hash: `hash of ${id}` }), id);
      }
      for (const id of deleted) {
        await tx.deleteSequence(moduleId, id, 99);
        await tx.deleteEmbedding(moduleId, id, 99);
      }
      await tx.updateEss(moduleId, 5, essContent({ score: 5 }), 100);
    }
    for (let id = 1; id <= rows; id += 1) {
      await tx.insertDocument(documentContent(), id);
      await tx.insertResponse(responseContent(), id);
    }
    for (const id of deleted) await tx.deleteDocument(id);
  });
}

/** Whatever the size of its pages and its direction, a walk meets each row once, in order. */
export function describePaging(open: OpenStore): void {
  const limit = fc.integer({ min: 1, max: rows + 3 });
  const order = fc.constantFrom<Order>("asc", "desc");
  const after = fc.option(fc.integer({ min: 0, max: rows + 1 }), { nil: undefined });

  const maxBytes = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });

  const lists: Record<string, (store: Store, page: Page) => Promise<PageRows<object>>> = {
    essPage: (store, page) => store.essPage("m", page),
    aggregatesOf: (store, page) => store.aggregatesOf("l", 1, "m", page),
    sequencePage: (store, page) => store.sequencePage("m", page),
    sequenceEssPage: (store, page) => store.sequenceEssPage("m", page),
    embeddingPage: (store, page) => store.embeddingPage("m", page),
    documentPage: (store, page) => store.documentPage(page),
    responsePage: (store, page) => store.responsePage(page),
  };
  const idOf = (row: { readonly id?: number; readonly sequence_id?: number }): number =>
    row.sequence_id ?? (row.id as number);
  const expectedIds: Record<string, readonly number[]> = {
    essPage: everyId,
    aggregatesOf: everyId.filter((id) => id % 3 === 0),
    sequencePage: everyIdLeft,
    sequenceEssPage: everyIdLeft,
    embeddingPage: everyIdLeft,
    documentPage: everyIdLeft,
    responsePage: everyId,
  };

  it.each(Object.keys(lists))("%s, in both directions", async (name) => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      await fc.assert(
        fc.asyncProperty(order, limit, after, maxBytes, async (order, limit, after, maxBytes) => {
          const ordered = order === "asc" ? expectedIds[name]! : expectedIds[name]!.toReversed();
          const expected = ordered.filter((id) => after === undefined || (order === "asc" ? id > after : id < after));
          const walked: number[] = [];
          for (let cursor = after; ;) {
            const page = await lists[name]!(store, {
              order,
              limit,
              ...(maxBytes !== undefined && { maxBytes }),
              ...(cursor !== undefined && { after: cursor }),
            });
            expect(page.length).toBeLessThanOrEqual(limit);
            walked.push(...page.map(idOf));
            if (page.next === undefined && page.length < limit) break;
            cursor = page.next ?? walked.at(-1);
          }
          expect(walked).toEqual(expected);
        }),
        { numRuns: 100 },
      );
    });
  });

  it("pages end with the row that brings them to so many bytes, and hold one at least", async () => {
    await withStore(open, async ({ store }) => {
      const long = "x".repeat(100_000);
      await store.transact(async (tx) => {
        await tx.insertModule("m", 1, 1);
        for (let id = 1; id <= 9; id++) {
          await tx.insertEss("m", { ...aggregateContent([{ module_id: "l", id: 1 }]), context: long }, id);
          await tx.insertSequence("m", sequenceContent({ instance_id: id, context: long }), id);
          await tx.insertEmbedding("m", embeddingContent({ hash: `${id}`, input: long }), id);
          await tx.insertDocument(documentContent({ text: long }), id);
          await tx.insertResponse(responseContent({ percept_names: [long] }), id);
        }
      });
      for (const [name, read] of Object.entries(lists)) {
        const two = await read(store, {
          order: "asc",
          limit: 9,
          maxBytes: name === "sequenceEssPage" ? 300_000 : 150_000,
        });
        expect([name, two.map(idOf), two.next]).toEqual([name, [1, 2], 2]);
        const one = await read(store, { order: "desc", limit: 9, maxBytes: 1 });
        expect([name, one.map(idOf), one.next]).toEqual([name, [9], 9]);
        const all = await read(store, { order: "asc", limit: 9, maxBytes: 10_000_000 });
        expect([name, all.length, all.next]).toEqual([name, 9, undefined]);
      }
    });
  });

  it("states, ascending", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      await fc.assert(
        fc.asyncProperty(limit, fc.integer({ min: 0, max: rows + 1 }), async (limit, after) => {
          const page = await store.states("m", { limit, after });
          expect(page.map(({ id }) => id)).toEqual(everyId.filter((id) => id > after).slice(0, limit));
          expect(page.every(({ id, state }) => state.length === (id === 5 ? 3 : 1))).toBe(true);
        }),
        { numRuns: 40 },
      );
      expect(await store.states("m", { limit: 2 })).toHaveLength(2);
    });
  });

  it("modules, by the bytes of their ids", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      const ids = ["", "l", "m", "n", "\uffee", "\u{1f600}"];
      await fc.assert(
        fc.asyncProperty(order, fc.integer({ min: 1, max: 8 }), async (order, limit) => {
          const walked: string[] = [];
          for (let cursor: string | undefined; ; cursor = walked.at(-1)) {
            const page = await store.modules({ order, limit, ...(cursor !== undefined && { after: cursor }) });
            walked.push(...page.map(({ module_id }) => module_id));
            if (page.length < limit) break;
          }
          expect(walked).toEqual(order === "asc" ? ids : ids.toReversed());
        }),
        { numRuns: 24 },
      );
      expect((await store.modules({ order: "asc", limit: 9, after: "lz" })).map(({ module_id }) => module_id)).toEqual(
        ids.slice(2),
      );
    });
  });

  it("changes, of all kinds and of some", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      const whole = await store.changes("m", { after: 0, limit: 1000 });
      expect(whole.map(({ revision }) => revision)).toEqual(
        Array.from({ length: 3 * rows + 2 * deleted.length + 1 }, (_, i) => i + 1),
      );
      const kinds = fc.subarray<ChangeKind>([...changeKinds], { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(kinds, limit, fc.integer({ min: 0, max: 130 }), async (kinds, limit, after) => {
          const expected = whole.filter((each) => each.revision > after && kinds.includes(each.kind));
          expect(await store.changes("m", { after, limit, kinds })).toEqual(expected.slice(0, limit));
        }),
        { numRuns: 60 },
      );
    });
  });

  it("each entry of a log comes with its own state", async () => {
    await withStore(open, async ({ store }) => {
      await seed(store);
      const page = { order: "desc", limit: 1000 } as const;
      const entries = await store.sequencePage("m", page);
      const expected = [];
      for (const { id, instance_id } of entries) {
        expected.push({ sequence_id: id, ess: await store.ess("m", instance_id) });
      }
      expect(await store.sequenceEssPage("m", page)).toEqual(expected);
    });
  });
}
