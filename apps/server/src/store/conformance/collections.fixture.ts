import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Transaction } from "../port/store.js";
import {
  addModule,
  anyTime,
  documentContent,
  essContent,
  laterThan,
  responseContent,
  sequenceContent,
  text,
} from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

const all = { order: "asc", limit: 1000 } as const;

/** Documents and responses: rows of no module, with ids and revisions of their own. */
export function describeCollections(open: OpenStore): void {
  const subject = useStore(open);

  it("the newest time is that of the latest of all writes, and never goes back", async () => {
    const newest = () => subject.store.newestTime();
    const write = (unitOfWork: (tx: Transaction, at: number) => Promise<unknown>, at: number) =>
      subject.store.transact((tx) => unitOfWork(tx, at));
    expect(await newest()).toBe(0);
    const writes: ((tx: Transaction, at: number) => Promise<unknown>)[] = [
      (tx, at) => tx.insertModule("m", 3, at),
      (tx, at) => tx.insertEss("m", essContent(), at),
      (tx, at) => tx.updateEss("m", 1, essContent(), at),
      (tx, at) => tx.insertSequence("m", sequenceContent(), at),
      (tx, at) => tx.updateSequence("m", 1, sequenceContent(), at),
      (tx, at) => tx.deleteSequence("m", 1, at),
      (tx, at) => tx.insertDocument(documentContent(), at),
      (tx, at) => tx.updateDocument(1, documentContent({ text: "another" }), at),
      (tx, at) => tx.insertResponse(responseContent(), at),
    ];
    for (const [index, unitOfWork] of writes.entries()) {
      await write(unitOfWork, 100 + index);
      expect(await newest()).toBe(100 + index);
    }
    await write((tx, at) => tx.insertDocument(documentContent(), at), 5);
    await write((tx) => tx.deleteDocument(1), 5);
    await subject.reopen();
    expect(await newest()).toBe(100 + writes.length - 1);
  });

  describe("documents", () => {
    it("come back as they were written", async () => {
      const status = fc.constantFrom("stored" as const, "embedded" as const);
      const digest = fc.uint8Array({ maxLength: 32 });
      const kind = fc.constantFrom("ess" as const, "sequence" as const);
      const row = fc.record({ kind, module_id: text, id: fc.maxSafeNat(), digest });
      const content = fc.record({ doc_id: text, text, status, source: fc.option(row) });
      let at = 0;
      await fc.assert(
        fc.asyncProperty(content, content, anyTime, async (first, second, wanted) => {
          const { store } = subject;
          // Times never go back within a collection.
          at = laterThan(at, wanted);
          const written = await store.transact((tx) => tx.insertDocument(first, wanted));
          const { id, revision } = written;
          expect(written).toEqual({ ...first, id, created_at: at, updated_at: at, revision });
          expect(await store.document(id)).toEqual(written);
          const updated = await store.transact((tx) => tx.updateDocument(id, second, 5));
          at = laterThan(at, 5);
          expect(updated).toEqual({ ...written, ...second, updated_at: at, revision: revision + 1 });
          expect(await store.document(id)).toEqual(updated);
        }),
        { numRuns: 40 },
      );
    });

    it("are found by the row that they were made of, newest first", async () => {
      const digest = new Uint8Array(32).fill(7);
      const source = { kind: "ess", module_id: "m", id: 3, digest } as const;
      const of = (overrides: object) => documentContent({ source: { ...source, ...overrides } });
      const { store } = subject;
      const insert = (content: ReturnType<typeof of>) => store.transact((tx) => tx.insertDocument(content, 1));
      const first = await insert(of({}));
      const others = [{ kind: "sequence" as const }, { module_id: "n" }, { id: 4 }];
      for (const other of others) {
        expect(await store.documentsOf({ ...source, ...other }, 9)).toEqual([]);
        const made = await insert(of(other));
        expect(await store.documentsOf({ ...source, ...other }, 9)).toEqual([made]);
      }
      const second = await insert(of({ digest: new Uint8Array() }));
      expect(await store.documentsOf(source, 9)).toEqual([second, first]);
      expect(await store.documentsOf(source, 1)).toEqual([second]);
      await subject.reopen();
      expect(await subject.store.documentsOf(source, 9)).toEqual([second, first]);
      await subject.store.transact(async (tx) => {
        await tx.updateDocument(second.id, { ...second, source: null }, 2);
        expect(await tx.documentsOf(source, 9)).toEqual([first]);
        await tx.deleteDocument(first.id);
        expect(await tx.documentsOf(source, 9)).toEqual([]);
      });
    });

    it("of a megabyte, and of equal names, are kept", async () => {
      const content = documentContent({ text: "\u{1f600} ".repeat(200_000) });
      for (const id of [1, 2]) {
        expect(await subject.store.transact((tx) => tx.insertDocument(content, 1))).toMatchObject({ id });
      }
      await subject.reopen();
      expect((await subject.store.document(2))!.text).toBe(content.text);
    });

    it("a deleted one is returned as it was, and its id is never given again", async () => {
      const insert = () => subject.store.transact((tx) => tx.insertDocument(documentContent(), 1));
      const remove = (id: number) => subject.store.transact((tx) => tx.deleteDocument(id));
      await insert();
      const second = await insert();
      expect(await remove(2)).toEqual(second);
      expect(await remove(2)).toBeUndefined();
      expect(await subject.store.document(2)).toBeUndefined();
      expect(await subject.store.transact((tx) => tx.updateDocument(2, documentContent(), 1))).toBeUndefined();
      await subject.reopen();
      // The deletion was a write too: it took revision 3.
      expect(await insert()).toMatchObject({ id: 3, revision: 4 });
      expect((await subject.store.documentPage(all)).map(({ id }) => id)).toEqual([1, 3]);
    });

    it("a unit of work sees its own rows, and leaves none where it rejects", async () => {
      const { store } = subject;
      const rejecting = store.transact(async (tx) => {
        const row = await tx.insertDocument(documentContent(), 1);
        expect(await tx.document(1)).toEqual(row);
        expect(await tx.documentPage(all)).toEqual([row]);
        throw new Error("changed its mind");
      });
      await expect(rejecting).rejects.toThrow("changed its mind");
      expect(await store.documentPage(all)).toEqual([]);
      expect(await store.transact((tx) => tx.insertDocument(documentContent(), 1))).toMatchObject({
        id: 1,
        revision: 1,
      });
    });

    it("ids are gapless in commit order under 64 writers, failures among them", async () => {
      const units = Array.from({ length: 64 }, (_, index) =>
        subject.store.transact(async (tx) => {
          const { id } = await tx.insertDocument(documentContent({ doc_id: String(index) }), index);
          if (index % 5 === 0) throw new Error("changed its mind");
          return id;
        }),
      );
      const outcomes = await Promise.allSettled(units);
      const ids = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      expect(ids).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
    });
  });

  describe("responses", () => {
    it("come back as they were written", async () => {
      const ids = fc.array(fc.maxSafeInteger(), { maxLength: 4 });
      const names = fc.array(text, { maxLength: 4 });
      const content = fc.record({
        name: text,
        percept: fc.maxSafeInteger(),
        response: fc.maxSafeInteger(),
        percept_ess_ids: ids,
        response_ess_ids: ids,
        percept_names: names,
        response_names: names,
        twin_module_id: text,
        status: text,
      });
      let count = 0;
      let at = 0;
      await fc.assert(
        fc.asyncProperty(content, anyTime, async (content, wanted) => {
          const { store } = subject;
          count += 1;
          // Times never go back within a collection.
          at = laterThan(at, wanted);
          const written = await store.transact((tx) => tx.insertResponse(content, wanted));
          expect(written).toEqual({ ...content, id: count, created_at: at, updated_at: at, revision: count });
          expect(await store.response(count)).toEqual(written);
        }),
        { numRuns: 40 },
      );
    });

    it("their ids are their own, and go on after the store was opened anew", async () => {
      await subject.store.transact(async (tx) => {
        await addModule(tx, "m");
        await tx.insertDocument(documentContent(), 1);
        await tx.insertDocument(documentContent(), 1);
        await tx.insertResponse(responseContent(), 1);
      });
      await subject.reopen();
      expect(await subject.store.transact((tx) => tx.insertResponse(responseContent(), 1))).toMatchObject({ id: 2 });
      expect((await subject.store.responsePage(all)).map(({ id }) => id)).toEqual([1, 2]);
      expect(await subject.store.response(3)).toBeUndefined();
    });
  });
}
