import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SearchTerm } from "../port/store.js";
import { documentContent, text } from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

const embedded = (words: string) => documentContent({ text: words, status: "embedded" });

const term = (words: string, weight = 1): SearchTerm => ({ text: words, weight });

/** The search of documents by words and times, and the vectors that are kept for them. */
export function describeDocumentSearch(open: OpenStore): void {
  const subject = useStore(open);

  const insert = (...texts: string[]) =>
    subject.store.transact(async (tx) => {
      for (const each of texts) await tx.insertDocument(embedded(each), 1);
    });
  const search = async (terms: readonly SearchTerm[], limit = 100): Promise<[id: number, weight: number][]> =>
    (await subject.store.searchDocuments(terms, limit)).map(({ document, weight }) => [document.id, weight]);
  const idsOf = async (...words: string[]) => (await search(words.map((word) => term(word)))).map(([id]) => id);

  describe("words", () => {
    it("are found in embedded documents alone, which come back whole", async () => {
      const { store } = subject;
      await store.transact((tx) => tx.insertDocument(documentContent({ text: "warm" }), 1));
      const row = await store.transact((tx) => tx.insertDocument(embedded("warm and bright"), 2));
      expect(await store.searchDocuments([term("warm")], 10)).toEqual([{ document: row, weight: 1 }]);
      expect(await search([term("cold")])).toEqual([]);
      expect(await search([])).toEqual([]);
    });

    it("are the same in any case, with and without accents, with and without English endings", async () => {
      await insert("The Températures were rising");
      for (const word of ["temperature", "TEMPERATURES", "température", "rise", "rises"]) {
        expect(await idsOf(word)).toEqual([1]);
      }
    });

    it("are parted by whatever is neither letter nor digit", async () => {
      await insert("air_conditioner/left: on", "airship");
      for (const word of ["air", "conditioner", "left"]) expect(await idsOf(word)).toEqual([1]);
    });

    it("of one term must follow one another", async () => {
      await insert("it was 25.3 degrees", "25 people at 3", "3.25");
      expect(await idsOf("25.3")).toEqual([1]);
      expect(await idsOf("25")).toEqual(expect.arrayContaining([1, 2, 3]));
    });

    it("of any kind are no syntax", async () => {
      await insert("alpha", "beta", "gamma or delta");
      for (const word of ['alpha" OR "beta', "alpha*", "al*", "text:alpha", "^alpha", "-alpha", "NEAR(alpha beta)"]) {
        expect((await idsOf(word)).length).toBeLessThanOrEqual(1);
      }
      expect(await idsOf("alpha AND beta")).toEqual([]);
      expect(await idsOf("or")).not.toContain(1);
      const anything = fc.array(
        fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom('"', "'", "\0", "()", "''; --")),
      );
      await fc.assert(
        fc.asyncProperty(anything, async (words) => {
          const found = await search(words.map((word) => term(word)));
          expect(found.length).toBeLessThanOrEqual(3);
        }),
        { numRuns: 40 },
      );
    });

    it("of a stored text find it, whatever else the text holds", async () => {
      await fc.assert(
        fc.asyncProperty(text, text, async (before, after) => {
          const { id } = await subject.store.transact((tx) =>
            tx.insertDocument(embedded(`${before} marker ${after}`), 1),
          );
          expect(await idsOf("marker")).toContain(id);
          await subject.store.transact((tx) => tx.deleteDocument(id));
        }),
        { numRuns: 40 },
      );
    });
  });

  describe("times", () => {
    it("are found by the words that are indexed for them", async () => {
      await insert("It was 25 on 3 May 2023 at 13:05 UTC.", "It was 25 on 4 May 2023 at 1:05 am.");
      expect(await idsOf("date20230503")).toEqual([1]);
      expect(await idsOf("at1305")).toEqual([1]);
      expect(await idsOf("at0105")).toEqual([2]);
      expect((await idsOf("month05")).toSorted((a, b) => a - b)).toEqual([1, 2]);
    });
  });

  describe("the order", () => {
    it("is by the weight of all terms found, however often each is", async () => {
      await insert("red red red red", "green", "red green", "blue");
      const terms = [term("red", 0.25), term("green", 0.5), term("absent", 9)];
      expect(await search(terms)).toEqual([
        [3, 0.75],
        [2, 0.5],
        [1, 0.25],
      ]);
    });

    it("of equal documents is the newest first, and the same each time", async () => {
      await insert("same words", "same words", "same words");
      for (let time = 0; time < 3; time++) expect(await idsOf("same", "words")).toEqual([3, 2, 1]);
    });

    it("is kept where a limit cuts it off", async () => {
      await insert("red", "red green", "red green blue");
      expect(await search([term("red"), term("green"), term("blue")], 2)).toEqual([
        [3, 3],
        [2, 2],
      ]);
    });
  });

  describe("a document", () => {
    it("is found by its newest text, while it is embedded", async () => {
      const { store } = subject;
      const update = (content: ReturnType<typeof embedded>) => store.transact((tx) => tx.updateDocument(1, content, 2));
      await insert("warm");
      await update(embedded("cold"));
      expect([await idsOf("warm"), await idsOf("cold")]).toEqual([[], [1]]);
      await update(documentContent({ text: "cold", status: "stored" }));
      expect(await idsOf("cold")).toEqual([]);
      await update(embedded("cold"));
      expect(await idsOf("cold")).toEqual([1]);
      await store.transact((tx) => tx.deleteDocument(1));
      expect(await idsOf("cold")).toEqual([]);
    });

    it("of a unit of work that rejects is never found", async () => {
      await insert("kept");
      const rejecting = subject.store.transact(async (tx) => {
        await tx.insertDocument(embedded("lost"), 1);
        await tx.updateDocument(1, embedded("lost"), 1);
        throw new Error("changed its mind");
      });
      await expect(rejecting).rejects.toThrow("changed its mind");
      expect([await idsOf("lost"), await idsOf("kept")]).toEqual([[], [1]]);
    });

    it("is found as soon as it is acknowledged, and after the store was opened anew", async () => {
      const units = Array.from({ length: 40 }, async (_, index) => {
        await insert(`word${index}`);
        expect(await idsOf(`word${index}`)).toHaveLength(1);
      });
      await Promise.all(units);
      await subject.reopen();
      expect(await idsOf("word7")).toHaveLength(1);
    });
  });

  describe("vectors", () => {
    const vector = Float32Array.of(0.6, -0.8);
    const put = (id: number, model = "m", floats = vector) =>
      subject.store.transact((tx) => tx.putDocumentVector(id, model, floats));
    const kept = async (model = "m", length = 2) =>
      (await subject.store.documentVectors(model, length, { limit: 100 })).map((each) => each.document_id);
    const missing = async (model = "m") =>
      (await subject.store.documentsWithoutVector(model, { order: "asc", limit: 100 })).map(({ id }) => id);

    it("come back as they were made, by document, page by page", async () => {
      await insert("a", "b", "c");
      for (const id of [3, 1, 2]) await put(id, "m", Float32Array.of(id, 1 / 3));
      await subject.reopen();
      const page = await subject.store.documentVectors("m", 2, { limit: 2, after: 1 });
      expect(page).toEqual([2, 3].map((id) => ({ document_id: id, vector: Float32Array.of(id, 1 / 3) })));
    });

    it("of other models and other lengths are others", async () => {
      await insert("a", "b");
      await put(1);
      await put(2, "m", Float32Array.of(1, 0, 0));
      expect([await kept(), await kept("m", 3), await kept("other")]).toEqual([[1], [2], []]);
      await put(1, "other");
      expect([await kept(), await kept("other")]).toEqual([[], [1]]);
    });

    it("are missing of embedded documents alone", async () => {
      await subject.store.transact((tx) => tx.insertDocument(documentContent(), 1));
      await insert("a", "b");
      expect(await missing()).toEqual([2, 3]);
      await put(2);
      expect([await missing(), await missing("other")]).toEqual([[3], [2, 3]]);
      expect(await subject.store.documentsWithoutVector("other", { order: "asc", limit: 1, after: 2 })).toMatchObject([
        { id: 3 },
      ]);
    });

    it("go with the text that they were made of", async () => {
      const { store } = subject;
      await insert("a", "b", "c", "d");
      for (const id of [1, 2, 3, 4]) await put(id);
      await store.transact(async (tx) => {
        await tx.updateDocument(1, embedded("changed"), 2);
        await tx.updateDocument(2, documentContent({ text: "b", status: "stored" }), 2);
        await tx.deleteDocument(3);
        await tx.updateDocument(4, { ...embedded("d"), doc_id: "another name" }, 2);
      });
      expect([await kept(), await missing()]).toEqual([[4], [1]]);
    });
  });
}
