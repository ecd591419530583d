import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { DocumentRow } from "../store/port/rows.js";
import { StoreDamagedError } from "../store/port/store.js";
import { createTimeSlice } from "../event-loop/time-slice.js";
import { createRetrievalService } from "./service.js";

const documents = Array.from({ length: 8 }, (_, index): DocumentRow => {
  const times = { created_at: 1, updated_at: 1, revision: 1 };
  return {
    id: index + 1,
    doc_id: `d${index + 1}`,
    text: `warm ${index + 1}`,
    status: "embedded",
    source: null,
    ...times,
  };
});

/** A service that finds all documents, in their order, and quotes them with what `currentText` returns. */
function serviceWith(currentText: (document: DocumentRow) => Promise<string | undefined>) {
  const lost: string[] = [];
  const service = createRetrievalService({
    timeSlice: createTimeSlice(),
    store: { searchDocuments: async () => documents.map((document) => ({ document, weight: 1 })) },
    currentText,
    clock: () => 1,
    vectors: undefined,
    model: undefined,
    onError: (_error, what) => lost.push(what),
  });
  return { lost, ask: async () => (await service.ask("warm", "ada")).text.split("\n\n") };
}

describe("questions at the same moment", () => {
  /** A service upon a store that makes one search after the other, each when it is let; and the order of the answers. */
  function serviceOnHeldStore() {
    const held: (() => void)[] = [];
    let last: Promise<unknown> = Promise.resolve();
    const service = createRetrievalService({
      timeSlice: createTimeSlice(),
      store: {
        searchDocuments: () => {
          const search = last.then(() => new Promise<[]>((resolve) => held.push(() => resolve([]))));
          last = search;
          return search;
        },
      },
      currentText: async ({ text }) => text,
      clock: () => 1,
      vectors: undefined,
      model: undefined,
      onError: () => undefined,
    });
    const answered: string[] = [];
    const ask = (user: string): Promise<unknown> =>
      service.ask("warm", user).then(
        () => answered.push(user),
        (error: unknown) => answered.push(`${user}: ${(error as Error).message}`),
      );
    const release = async (): Promise<void> => {
      held.shift()?.();
      await nextTurn();
    };
    return { ask, answered, release };
  }

  it("of one user keep nobody else waiting for more than two of them", async () => {
    const { ask, answered, release } = serviceOnHeldStore();
    const all = Array.from({ length: 30 }, () => ask("many"));
    all.push(ask("one"), ask("other"), ask("one"));
    await nextTurn();
    for (let searches = 0; searches < 33; searches++) await release();
    await Promise.all(all);
    expect(answered.slice(0, 6)).toEqual(["many", "many", "one", "other", "many", "one"]);
    expect(answered).toHaveLength(33);
  });

  it("are refused beyond 64 that wait, those of the user alone", async () => {
    const { ask, answered, release } = serviceOnHeldStore();
    const all = Array.from({ length: 66 }, () => ask("many"));
    all.push(ask("one"));
    await nextTurn();
    expect(answered).toEqual(["many: 64 questions of the user wait already; try again in 2 s"]);
    for (let searches = 0; searches < 66; searches++) await release();
    await Promise.all(all);
    expect(answered.filter((user) => user === "many")).toHaveLength(65);
    expect(answered.indexOf("one")).toBeLessThan(4);
  });
});

describe("the documents that an answer quotes", () => {
  it("are the best five, and others in place of those that are to be quoted no more", async () => {
    const asked: number[] = [];
    const { ask } = serviceWith(async ({ id, text }) => {
      asked.push(id);
      return id === 2 ? undefined : text;
    });
    expect(await ask()).toEqual([1, 3, 4, 5, 6].map((id) => `[d${id}]\nwarm ${id}`));
    // Nobody looks at what is not quoted.
    expect(asked).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("are quoted with what their rows say now, and once where they say the same", async () => {
    const { ask } = serviceWith(async ({ id }) => (id < 4 ? "cold" : `cold ${id}`));
    expect(await ask()).toEqual(["[d1]\ncold", "[d4]\ncold 4", "[d5]\ncold 5", "[d6]\ncold 6", "[d7]\ncold 7"]);
  });

  it("are those of sound rows, where one is damaged", async () => {
    const { ask, lost } = serviceWith(async ({ id, text }) => {
      if (id === 1) throw new StoreDamagedError("the row is damaged");
      return text;
    });
    expect(await ask()).toEqual([2, 3, 4, 5, 6].map((id) => `[d${id}]\nwarm ${id}`));
    expect(lost).toEqual(["document"]);
  });

  it("are not looked for in vain: any other failure is the question's", async () => {
    const { ask } = serviceWith(() => Promise.reject(new Error("closed")));
    await expect(ask()).rejects.toThrow("closed");
  });
});
