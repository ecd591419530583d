import { describe, expect, it } from "vitest";
import { documentContent } from "../../conformance/contents.fixture.js";
import type { Store } from "../../port/store.js";
import { Connection } from "../database/connection.js";
import { useFolder } from "../use-folder.fixture.js";

const folder = useFolder();

const insert = (store: Store, ...texts: string[]) =>
  store.transact(async (tx) => {
    for (const text of texts) await tx.insertDocument(documentContent({ text, status: "embedded" }), 1);
  });

const idsOf = async (store: Store, ...words: string[]): Promise<number[]> => {
  const terms = words.map((text) => ({ text, weight: 1 }));
  return (await store.searchDocuments(terms, 10)).map(({ document }) => document.id);
};

/** Changes the database as no store would. */
function tamper(sql: string): void {
  const connection = new Connection(folder.database);
  connection.exec(sql);
  connection.close();
}

describe("the index", () => {
  it("is made anew at the start where it was made by other rules, or before there was one", async () => {
    const store = await folder.open();
    await insert(store, ...Array.from({ length: 450 }, (_, index) => `word${index} at noon`));
    await store.transact((tx) => tx.insertDocument(documentContent({ text: "word1 not embedded" }), 1));
    await store.close();
    tamper("INSERT INTO document_text (document_text) VALUES ('delete-all'); UPDATE collection SET index_rules = 0");
    const renewed = await folder.open();
    for (const index of [0, 1, 199, 200, 449]) expect(await idsOf(renewed, `word${index}`)).toEqual([index + 1]);
    expect(await idsOf(renewed, "at1200")).toHaveLength(10);
    expect(await idsOf(renewed, "embedded")).toEqual([]);
  });

  it("is left alone at the start where it was made by the same rules", async () => {
    await (await folder.open()).close();
    tamper(
      "INSERT INTO document (id, revision, created_at, updated_at, status, doc_id, text) VALUES (1, 1, 1, 1, 'embedded', '', 'word')",
    );
    expect(await idsOf(await folder.open(), "word")).toEqual([]);
  });

  it("prefers rare words and short documents among those of equal weight", async () => {
    const store = await folder.open();
    await insert(store, "the purifier runs", ...Array.from({ length: 20 }, (_, index) => `the heater runs ${index}`));
    expect((await idsOf(store, "heater", "purifier"))[0]).toBe(1);
    await insert(store, "dust", `dust ${"and much else ".repeat(20)}`);
    expect(await idsOf(store, "dust")).toEqual([22, 23]);
  });
});

describe("searches", () => {
  it("under way when the store closes resolve, later ones reject", async () => {
    const store = await folder.open();
    await insert(store, "word");
    const searches = Array.from({ length: 5 }, () => idsOf(store, "word"));
    const closed = store.close();
    expect(await Promise.all(searches)).toEqual([[1], [1], [1], [1], [1]]);
    await closed;
    await expect(idsOf(store, "word")).rejects.toThrow("the store is closed");
  });
});
