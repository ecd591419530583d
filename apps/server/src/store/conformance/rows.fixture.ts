import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addModule,
  aggregateContent,
  anyEssContent,
  anyTime,
  awkwardModuleIds,
  byBytes,
  essContent,
  laterThan,
  sequenceContent,
  text,
} from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

const all = { order: "asc", limit: 1000 } as const;

/** What is written is what is read, of every kind of row. */
export function describeRows(open: OpenStore): void {
  const subject = useStore(open);

  describe("modules", () => {
    it("counts rows and revisions, and keeps the time of the last activity", async () => {
      const { store } = subject;
      const fresh = await store.transact((tx) => tx.insertModule("m", 3, 100));
      expect(fresh).toEqual({
        module_id: "m",
        shape: 3,
        ess_count: 0,
        sequence_count: 0,
        embedding_count: 0,
        display_name: null,
        revision: 0,
        ess_revision: 0,
        created_at: 100,
        last_activity_at: 100,
      });
      expect(await store.module("m")).toEqual(fresh);
      await store.transact((tx) => tx.insertEss("m", essContent(), 110));
      await store.transact((tx) => tx.insertSequence("m", sequenceContent(), 120));
      await store.transact((tx) => tx.insertSequence("m", sequenceContent(), 130));
      await store.transact((tx) => tx.deleteSequence("m", 1, 140));
      const counts = { ess_count: 1, sequence_count: 1, revision: 4, ess_revision: 1 };
      expect(await store.module("m")).toEqual({ ...fresh, ...counts, last_activity_at: 140 });
      await store.transact((tx) => tx.updateEss("m", 1, essContent(), 139));
      expect(await store.module("m")).toMatchObject({ revision: 5, ess_revision: 5, last_activity_at: 141 });
    });

    it("an unknown module has nothing, and no row can be added to it", async () => {
      const { store } = subject;
      const page = { order: "desc", limit: 10 } as const;
      expect(await store.module("m")).toBeUndefined();
      expect(await store.ess("m", 1)).toBeUndefined();
      expect(await store.hasEss("m", 1)).toBe(false);
      expect(await store.essByEmbedding("m", 1)).toBeUndefined();
      expect(await store.sequence("m", 1)).toBeUndefined();
      expect(await store.latestSequence("m")).toBeUndefined();
      expect(await store.essPage("m", page)).toEqual([]);
      expect(await store.sequencePage("m", page)).toEqual([]);
      expect(await store.sequenceEssPage("m", page)).toEqual([]);
      expect(await store.aggregatesOf("m", 1, "m", page)).toEqual([]);
      expect(await store.states("m", { limit: 10 })).toEqual([]);
      expect(await store.changes("m", { after: 0, limit: 10 })).toEqual([]);
      expect(await store.transact((tx) => tx.updateEss("m", 1, essContent(), 1))).toBeUndefined();
      expect(await store.transact((tx) => tx.updateSequence("m", 1, sequenceContent(), 1))).toBeUndefined();
      expect(await store.transact((tx) => tx.deleteSequence("m", 1, 1))).toBeUndefined();
      await expect(store.transact((tx) => tx.insertEss("m", essContent(), 1))).rejects.toThrow();
      await expect(store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1))).rejects.toThrow();
      expect(await store.modules({ order: "asc", limit: 10 })).toEqual([]);
    });

    it("a module is added once", async () => {
      await subject.store.transact((tx) => tx.insertModule("m", 3, 1));
      await expect(subject.store.transact((tx) => tx.insertModule("m", 4, 2))).rejects.toThrow();
      expect(await subject.store.module("m")).toMatchObject({ shape: 3, created_at: 1 });
    });

    it("any text names a module, and names differ by their code points alone", async () => {
      const { store } = subject;
      for (const [index, moduleId] of awkwardModuleIds.entries()) {
        await store.transact((tx) => addModule(tx, moduleId, essContent({ score: index })));
        await store.transact((tx) => tx.insertSequence(moduleId, sequenceContent({ context: moduleId }), 1));
      }
      await subject.reopen();
      for (const [index, moduleId] of awkwardModuleIds.entries()) {
        expect(await subject.store.ess(moduleId, 1)).toMatchObject({ module_id: moduleId, score: index });
        expect(await subject.store.latestSequence(moduleId)).toMatchObject({ context: moduleId });
        expect(await subject.store.module(moduleId)).toMatchObject({ module_id: moduleId, revision: 2 });
      }
      const listed = await subject.store.modules({ order: "asc", limit: 1000 });
      expect(listed.map(({ module_id }) => module_id)).toEqual(awkwardModuleIds.toSorted(byBytes));
    });
  });

  describe("states", () => {
    it("come back as they were written, to the bit and the code point", async () => {
      await subject.store.transact((tx) => tx.insertModule("m", 1, 1));
      const content = fc.tuple(anyEssContent, anyEssContent, anyTime);
      let at = 1;
      await fc.assert(
        fc.asyncProperty(content, async ([first, second, wanted]) => {
          const { store } = subject;
          // Times never go back within a module.
          at = laterThan(at, wanted);
          const written = await store.transact((tx) => tx.insertEss("m", first, wanted));
          const { id, revision } = written;
          expect(written).toEqual({ ...first, id, module_id: "m", created_at: at, updated_at: at, revision });
          expect(await store.ess("m", id)).toEqual(written);
          expect(await store.hasEss("m", id)).toBe(true);
          expect(await store.hasEss("m", id + 1)).toBe(false);
          expect(await store.states("m", { after: id - 1, limit: 5 })).toEqual([{ id, state: first.state }]);
          const updated = await store.transact((tx) => tx.updateEss("m", id, second, 5));
          at = laterThan(at, 5);
          expect(updated).toEqual({ ...written, ...second, updated_at: at, revision: revision + 1 });
          expect(await store.ess("m", id)).toEqual(updated);
        }),
        { numRuns: 40 },
      );
    });

    it.each([3, 10_800, 100_000])("hold %i floats", async (length) => {
      const edges = [0, -0, 1e-45, -1e-45, 1.1754942e-38, 3.4028235e38, -3.4028235e38, 0.1];
      const state = Float32Array.from({ length }, (_, index) => edges[index % edges.length]!);
      await subject.store.transact((tx) =>
        addModule(tx, "m", essContent({ state, context: "\u{1f600}".repeat(5000) })),
      );
      const row = await subject.store.ess("m", 1);
      expect(Buffer.from(row!.state.buffer).equals(Buffer.from(state.buffer))).toBe(true);
      expect(row!.context).toBe("\u{1f600}".repeat(5000));
    });

    it("a part of a larger buffer is written as that part", async () => {
      const state = Float32Array.of(9, 1, 2, 3, 9).subarray(1, 4);
      await subject.store.transact((tx) => addModule(tx, "m", essContent({ state })));
      expect((await subject.store.ess("m", 1))!.state).toEqual(Float32Array.of(1, 2, 3));
    });

    it("equal states stay two rows", async () => {
      await subject.store.transact((tx) => addModule(tx, "m"));
      await subject.store.transact((tx) => tx.insertEss("m", essContent(), 2));
      expect((await subject.store.essPage("m", all)).map(({ id }) => id)).toEqual([1, 2]);
    });

    it("the lowest id with an embedding input is found, and follows updates", async () => {
      const { store } = subject;
      await store.transact(async (tx) => {
        await addModule(tx, "m");
        for (const embedding_input of [7, 0, 7, null]) await tx.insertEss("m", essContent({ embedding_input }), 1);
        await addModule(tx, "other", essContent({ embedding_input: 7 }));
      });
      expect(await store.essByEmbedding("m", 7)).toMatchObject({ module_id: "m", id: 2 });
      expect(await store.essByEmbedding("m", 0)).toMatchObject({ id: 3 });
      expect(await store.essByEmbedding("m", 8)).toBeUndefined();
      await store.transact((tx) => tx.updateEss("m", 2, essContent(), 2));
      expect(await store.essByEmbedding("m", 7)).toMatchObject({ id: 4 });
    });

    it("aggregates are found by their direct components, as their lists are now", async () => {
      const { store } = subject;
      const a1 = { module_id: "a", id: 1 };
      const a2 = { module_id: "a", id: 2 };
      const b1 = { module_id: "b", id: 1 };
      const found = async ({ module_id, id }: typeof a1, of: string) =>
        (await store.aggregatesOf(module_id, id, of, all)).map((row) => row.id);
      await store.transact(async (tx) => {
        for (const moduleId of ["a", "b", "sum", "other"]) await tx.insertModule(moduleId, 2, 1);
        for (const { module_id } of [a1, a2, b1]) await tx.insertEss(module_id, essContent(), 1);
        await tx.insertEss("sum", aggregateContent([a1, b1]), 1);
        await tx.insertEss("sum", aggregateContent([a2, b1]), 1);
        await tx.insertEss("sum", aggregateContent([a1, a1]), 1);
        await tx.insertEss("other", aggregateContent([a1, { module_id: "sum", id: 1 }]), 1);
      });
      expect(await found(a1, "sum")).toEqual([1, 3]);
      expect(await found(b1, "sum")).toEqual([1, 2]);
      expect(await found(a1, "other")).toEqual([1]);
      expect(await found({ module_id: "sum", id: 1 }, "other")).toEqual([1]);
      expect(await found({ module_id: "b", id: 2 }, "sum")).toEqual([]);
      expect(await store.aggregatesOf("a", 1, "sum", all)).toEqual([
        await store.ess("sum", 1),
        await store.ess("sum", 3),
      ]);
      await store.transact((tx) => tx.updateEss("sum", 1, aggregateContent([a2, b1]), 2));
      await store.transact((tx) => tx.updateEss("sum", 3, essContent(), 2));
      expect(await found(a1, "sum")).toEqual([]);
      expect(await found(a2, "sum")).toEqual([1, 2]);
      expect(await found(b1, "sum")).toEqual([1, 2]);
    });
  });

  describe("an aggregate of thousands of components", () => {
    const components = (first: number) =>
      Array.from({ length: 3000 }, (_, index) => ({ module_id: "a", id: first + index }));

    /** Counts the turns of the event loop that others have while something goes on. */
    async function turnsDuring(read: Promise<unknown>): Promise<number> {
      let turns = 0;
      let isOver = false;
      const count = (): void => {
        turns += 1;
        if (!isOver) setImmediate(count);
      };
      count();
      await read.finally(() => (isOver = true));
      return turns;
    }

    it("is written while others have their turns, and is there whole or not at all", async () => {
      const { store } = subject;
      const isFound = async (id: number) => (await store.aggregatesOf("a", id, "sum", all)).length === 1;
      await store.transact((tx) => addModule(tx, "a"));
      // Counted within the transaction: how long its commit takes depends on the disk.
      const plain = await store.transact((tx) => turnsDuring(addModule(tx, "plain")));
      const wide = await store.transact((tx) => turnsDuring(addModule(tx, "sum", aggregateContent(components(1)))));
      expect(wide).toBeGreaterThan(plain + 3);
      expect(await Promise.all([1, 1500, 3000, 3001].map(isFound))).toEqual([true, true, true, false]);
      await store.transact((tx) => tx.updateEss("sum", 1, aggregateContent(components(2001)), 2));
      expect(await Promise.all([1, 2000, 2001, 5000].map(isFound))).toEqual([false, false, true, true]);
      const failing = store.transact(async (tx) => {
        await tx.updateEss("sum", 1, aggregateContent(components(1)), 3);
        throw new Error("no");
      });
      const beside = store.transact((tx) => tx.insertSequence("a", sequenceContent(), 3));
      await expect(failing).rejects.toThrow("no");
      await beside;
      expect(await Promise.all([1, 2000, 2001, 5000].map(isFound))).toEqual([false, false, true, true]);
      expect(await store.ess("sum", 1)).toMatchObject({ aggregate_id: components(2001).map(({ id }) => id) });
    });
  });

  describe("sequences", () => {
    it("entries come back as they were written", async () => {
      await subject.store.transact((tx) => addModule(tx, "m"));
      const content = fc.record({
        instance_id: fc.constant(1),
        status: text,
        context: fc.option(text, { nil: null }),
      });
      let at = 1;
      await fc.assert(
        fc.asyncProperty(content, content, anyTime, async (first, second, wanted) => {
          const { store } = subject;
          // Times never go back within a module.
          at = laterThan(at, wanted);
          const written = await store.transact((tx) => tx.insertSequence("m", first, wanted));
          const { id, revision } = written;
          expect(written).toEqual({
            ...first,
            id,
            module_id: "m",
            created_at: at,
            updated_at: at,
            revision,
            predicted: false,
          });
          expect(await store.sequence("m", id)).toEqual(written);
          expect(await store.latestSequence("m")).toEqual(written);
          const updated = await store.transact((tx) => tx.updateSequence("m", id, second, 5));
          at = laterThan(at, 5);
          expect(updated).toEqual({ ...written, ...second, updated_at: at, revision: revision + 1 });
          expect(await store.sequence("m", id)).toEqual(updated);
        }),
        { numRuns: 40 },
      );
    });

    it("a predicted entry stays one whatever is written over it, and is never the latest", async () => {
      const { store } = subject;
      await store.transact((tx) => addModule(tx, "m"));
      const observed = await store.transact((tx) => tx.insertSequence("m", sequenceContent(), 2));
      const content = { ...sequenceContent({ status: "p" }), predicted: true };
      const predicted = await store.transact((tx) => tx.insertSequence("m", content, 3));
      expect([observed.predicted, predicted.predicted]).toEqual([false, true]);
      expect(await store.sequence("m", predicted.id)).toEqual(predicted);
      expect(await store.latestSequence("m")).toEqual(observed);
      const updated = await store.transact((tx) => tx.updateSequence("m", predicted.id, sequenceContent(), 4));
      expect(updated).toEqual({ ...predicted, status: "n", updated_at: 4, revision: predicted.revision + 1 });
      expect(await store.sequence("m", predicted.id)).toEqual(updated);
      expect(await store.latestSequence("m")).toEqual(observed);
      expect(await store.transact((tx) => tx.deleteSequence("m", observed.id, 5))).toEqual(observed);
      expect(await store.latestSequence("m")).toBeUndefined();
      expect(await store.module("m")).toMatchObject({ sequence_count: 1 });
    });

    it("an entry is marked as predicted once, by a write of its own", async () => {
      const { store } = subject;
      await store.transact((tx) => addModule(tx, "m"));
      const [first, second] = await store.transact(async (tx) => [
        await tx.insertSequence("m", sequenceContent(), 2),
        await tx.insertSequence("m", sequenceContent({ status: "p" }), 3),
      ]);
      const marked = await store.transact((tx) => tx.markPredicted("m", second.id, 4));
      expect(marked).toEqual({ ...second, predicted: true, updated_at: 4, revision: second.revision + 1 });
      expect(await store.sequence("m", second.id)).toEqual(marked);
      expect(await store.latestSequence("m")).toEqual(first);
      expect(await store.transact((tx) => tx.markPredicted("m", second.id, 5))).toEqual(marked);
      expect(await store.transact((tx) => tx.markPredicted("m", 9, 5))).toBeUndefined();
      expect(await store.module("m")).toMatchObject({ revision: marked!.revision, sequence_count: 2 });
      const [last] = await store.changes("m", { after: marked!.revision - 1, limit: 9 });
      expect(last).toMatchObject({ kind: "sequence_updated", row_id: second.id, at: 4 });
    });

    it("a deleted entry is returned as it was and is gone", async () => {
      const { store } = subject;
      await store.transact((tx) => addModule(tx, "m"));
      const first = await store.transact((tx) => tx.insertSequence("m", sequenceContent(), 2));
      const second = await store.transact((tx) => tx.insertSequence("m", sequenceContent(), 3));
      expect(await store.transact((tx) => tx.deleteSequence("m", second.id, 4))).toEqual(second);
      expect(await store.sequence("m", second.id)).toBeUndefined();
      expect(await store.latestSequence("m")).toEqual(first);
      expect(await store.transact((tx) => tx.deleteSequence("m", second.id, 5))).toBeUndefined();
      expect(await store.transact((tx) => tx.updateSequence("m", second.id, sequenceContent(), 5))).toBeUndefined();
      expect(await store.module("m")).toMatchObject({ revision: 4, sequence_count: 1, last_activity_at: 4 });
    });
  });
}
