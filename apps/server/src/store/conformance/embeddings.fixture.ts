import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Transaction } from "../port/store.js";
import {
  addModule,
  anyTime,
  awkwardModuleIds,
  embeddingContent,
  essContent,
  laterThan,
  text,
} from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

const all = { order: "asc", limit: 1000 } as const;

/** Embeddings, and modules that have nothing else yet. */
export function describeEmbeddings(open: OpenStore): void {
  const subject = useStore(open);
  const insert = (moduleId: string, hash: string, at = 1) =>
    subject.store.transact((tx) => tx.insertEmbedding(moduleId, embeddingContent({ hash }), at));

  it("come back as they were written, by id and by hash", async () => {
    await subject.store.transact((tx) => tx.insertModule("m", 0, 1));
    const content = fc.record({ input: text, hash: text });
    const seen = new Set<string>();
    let at = 1;
    await fc.assert(
      fc.asyncProperty(content, content, anyTime, async (first, second, wanted) => {
        fc.pre(first.hash !== second.hash && !seen.has(first.hash) && !seen.has(second.hash));
        const { store } = subject;
        // Times never go back within a module.
        at = laterThan(at, wanted);
        const written = await store.transact((tx) => tx.insertEmbedding("m", first, wanted));
        const { id, revision } = written;
        expect(written).toEqual({ ...first, id, module_id: "m", created_at: at, updated_at: at, revision });
        expect(await store.embedding("m", id)).toEqual(written);
        expect(await store.embeddingByHash("m", first.hash)).toEqual(written);
        const updated = await store.transact((tx) => tx.updateEmbedding("m", id, second, 5));
        at = laterThan(at, 5);
        expect(updated).toEqual({ ...written, ...second, updated_at: at, revision: revision + 1 });
        expect(await store.embedding("m", id)).toEqual(updated);
        expect(await store.embeddingByHash("m", second.hash)).toEqual(updated);
        expect(await store.embeddingByHash("m", first.hash)).toBeUndefined();
        seen.add(second.hash);
      }),
      { numRuns: 40 },
    );
  });

  it("an unknown module has none, and none can be added to it", async () => {
    const { store } = subject;
    expect(await store.embedding("m", 1)).toBeUndefined();
    expect(await store.embeddingByHash("m", "h")).toBeUndefined();
    expect(await store.embeddingPage("m", all)).toEqual([]);
    expect(await store.transact((tx) => tx.updateEmbedding("m", 1, embeddingContent(), 1))).toBeUndefined();
    expect(await store.transact((tx) => tx.deleteEmbedding("m", 1, 1))).toBeUndefined();
    await expect(insert("m", "h")).rejects.toThrow();
  });

  it("a hash occurs once in a module, also after an update, and again in others", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      for (const moduleId of ["a", "b"]) await tx.insertModule(moduleId, 0, 1);
    });
    await insert("a", "h");
    await insert("a", "H");
    expect(await insert("b", "h")).toMatchObject({ id: 1, module_id: "b" });
    await expect(insert("a", "h")).rejects.toThrow();
    await expect(
      store.transact((tx) => tx.updateEmbedding("a", 2, embeddingContent({ hash: "h" }), 2)),
    ).rejects.toThrow();
    expect(await store.embeddingPage("a", all)).toMatchObject([{ hash: "h" }, { hash: "H" }]);
    expect(await store.module("a")).toMatchObject({ revision: 2, embedding_count: 2 });
    const same = embeddingContent({ hash: "h", input: "again" });
    expect(await store.transact((tx) => tx.updateEmbedding("a", 1, same, 2))).toMatchObject({ ...same, revision: 3 });
  });

  it("a deleted one is returned as it was, frees its hash, and its id is never given again", async () => {
    await subject.store.transact((tx) => tx.insertModule("m", 0, 1));
    const remove = (id: number) => subject.store.transact((tx) => tx.deleteEmbedding("m", id, 9));
    await insert("m", "first");
    const second = await insert("m", "second");
    expect(await remove(2)).toEqual(second);
    expect(await remove(2)).toBeUndefined();
    expect(await subject.store.embedding("m", 2)).toBeUndefined();
    expect(await subject.store.embeddingByHash("m", "second")).toBeUndefined();
    await subject.reopen();
    expect(await insert("m", "second")).toMatchObject({ id: 3, revision: 4 });
    expect(await subject.store.module("m")).toMatchObject({ embedding_count: 2, last_activity_at: 10 });
  });

  it("each write takes the module's next revision and leaves a change, beside those of other rows", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      await addModule(tx, "m");
      await tx.insertEmbedding("m", embeddingContent(), 20);
      await tx.insertEss("m", essContent({ embedding_input: 1 }), 30);
      await tx.updateEmbedding("m", 1, embeddingContent({ input: "other" }), 40);
      await tx.deleteEmbedding("m", 1, 50);
    });
    expect(await store.changes("m", { after: 1, limit: 9 })).toEqual([
      { module_id: "m", revision: 2, kind: "embedding_created", row_id: 1, at: 20 },
      { module_id: "m", revision: 3, kind: "ess_created", row_id: 2, at: 30 },
      { module_id: "m", revision: 4, kind: "embedding_updated", row_id: 1, at: 40 },
      { module_id: "m", revision: 5, kind: "embedding_deleted", row_id: 1, at: 50 },
    ]);
    const counts = { ess_count: 2, embedding_count: 0, revision: 5, ess_revision: 3, last_activity_at: 50 };
    expect(await store.module("m")).toMatchObject(counts);
    expect(await store.essByEmbedding("m", 1)).toMatchObject({ id: 2 });
  });

  it("a unit of work sees its own embeddings, and leaves none where it rejects", async () => {
    const { store } = subject;
    await store.transact((tx) => tx.insertModule("m", 0, 1));
    const rejecting = async (tx: Transaction) => {
      const row = await tx.insertEmbedding("m", embeddingContent({ hash: "h" }), 1);
      expect(await tx.embedding("m", 1)).toEqual(row);
      expect(await tx.embeddingByHash("m", "h")).toEqual(row);
      expect(await tx.embeddingPage("m", all)).toEqual([row]);
      throw new Error("changed its mind");
    };
    await expect(store.transact(rejecting)).rejects.toThrow("changed its mind");
    expect(await store.embeddingPage("m", all)).toEqual([]);
    expect(await insert("m", "h")).toMatchObject({ id: 1, revision: 1 });
  });

  it("any text names their module and any text is their hash, to the code point", async () => {
    for (const moduleId of awkwardModuleIds) {
      await subject.store.transact(async (tx) => {
        await tx.insertModule(moduleId, 0, 1);
        for (const hash of ["\u00e9", "e\u0301", "A", "a"]) {
          await tx.insertEmbedding(moduleId, { hash, input: hash }, 1);
        }
      });
    }
    await subject.reopen();
    for (const moduleId of awkwardModuleIds) {
      expect(await subject.store.embeddingByHash(moduleId, "e\u0301")).toMatchObject({ id: 2, input: "e\u0301" });
    }
  });

  it("a module without a shape gets it once, without a revision", async () => {
    const { store } = subject;
    const fresh = await store.transact((tx) => tx.insertModule("m", 0, 1));
    expect(fresh).toMatchObject({ shape: 0, revision: 0 });
    await store.transact((tx) => tx.fixShape("m", 3));
    expect(await store.module("m")).toEqual({ ...fresh, shape: 3 });
    await expect(store.transact((tx) => tx.fixShape("m", 4))).rejects.toThrow();
    await expect(store.transact((tx) => tx.fixShape("nobody", 4))).rejects.toThrow();
    await subject.reopen();
    expect(await subject.store.module("m")).toMatchObject({ shape: 3 });
  });
}
