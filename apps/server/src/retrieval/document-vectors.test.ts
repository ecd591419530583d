import { describe, expect, it, vi } from "vitest";
import { createTimeSlice } from "../event-loop/time-slice.js";
import { documentContent } from "../store/conformance/contents.fixture.js";
import { useStore } from "../store/conformance/use-store.fixture.js";
import type { Store } from "../store/port/store.js";
import { openSqliteStore } from "../store/sqlite/sqlite-store.js";
import { createDocumentVectors, type DocumentVectors } from "./document-vectors.js";
import { EndpointError } from "./model-endpoint.js";
import type { VectorModel } from "./vector-model.js";

const subject = useStore((folder) => openSqliteStore({ folder }));

const embedded = (text: string) => documentContent({ text, status: "embedded" });

const insert = (...texts: string[]) =>
  subject.store.transact(async (tx) => {
    for (const text of texts) await tx.insertDocument(embedded(text), 1);
  });

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `text ${index + 1}`);

/** On the unit circle, by the first number of a text, in degrees. */
function toVector(text: string): Float32Array {
  const angle = (Number(/\d+/.exec(text)?.[0] ?? 0) * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
}

/** A model of which each call is seen, and may be made to fail or wait. */
function createModel(name = "m") {
  const calls: string[][] = [];
  let hindrance: (texts: readonly string[]) => Promise<void> | void = () => undefined;
  let close: () => void = () => undefined;
  const closed = new Promise<never>((_, reject) => {
    close = () => reject(new EndpointError("was given up: the server is stopping"));
  });
  closed.catch(() => undefined);
  const model: VectorModel = {
    name,
    vectorsOf: async (texts) => {
      calls.push([...texts]);
      await Promise.race([hindrance(texts), closed]);
      return texts.map(toVector);
    },
    close,
  };
  return { model, calls, hinder: (next: typeof hindrance) => void (hindrance = next) };
}

/** Runs a test with vectors, which are closed at its end, and collects the errors. */
async function withVectors(
  { model }: ReturnType<typeof createModel>,
  run: (vectors: DocumentVectors, errors: string[]) => Promise<void>,
): Promise<void> {
  const errors: string[] = [];
  const onError = (error: unknown): void => void errors.push((error as Error).message);
  const vectors = createDocumentVectors({ store: subject.store, model, timeSlice: createTimeSlice(), onError });
  try {
    await run(vectors, errors);
  } finally {
    await vectors.close();
  }
}

const lacking = async (store: Store = subject.store, model = "m"): Promise<number[]> =>
  (await store.documentsWithoutVector(model, { order: "asc", limit: 1000 })).map(({ id }) => id);

const expectLacking = (...ids: number[]) => vi.waitFor(async () => expect(await lacking()).toEqual(ids), 10_000);

describe("vectors", () => {
  it("are made of all documents that lack one when it starts, some at a time", async () => {
    await insert(...numbered(70));
    await subject.store.transact((tx) => tx.putDocumentVector(5, "m", toVector("text 5")));
    const model = createModel();
    await withVectors(model, async (vectors) => {
      vectors.start();
      await expectLacking();
    });
    expect(model.calls.map((texts) => texts.length)).toEqual([32, 32, 5]);
    expect(model.calls.flat()).not.toContain("text 5");
    const [first] = await subject.store.documentVectors("m", 2, { limit: 1 });
    expect(first).toEqual({ document_id: 1, vector: toVector("text 1") });
  });

  it("are made anew by another model", async () => {
    await insert("text 1");
    await subject.store.transact((tx) => tx.putDocumentVector(1, "before", toVector("")));
    await withVectors(createModel(), async (vectors) => {
      vectors.start();
      await expectLacking();
    });
  });

  it("follow the writes, also those under way", async () => {
    await withVectors(createModel(), async (vectors) => {
      vectors.start();
      await subject.store.transact(async (tx) => {
        const { id } = await tx.insertDocument(embedded("text 1"), 1);
        vectors.follow(id);
        await tx.insertDocument(embedded("text 2"), 1);
        vectors.follow(2);
      });
      await expectLacking();
    });
  });

  it("are not kept for a text that has changed meanwhile", async () => {
    const model = createModel();
    await insert("text 1");
    await withVectors(model, async (vectors) => {
      let release: () => void = () => undefined;
      model.hinder(() => new Promise((resolve) => void (release = resolve)));
      vectors.start();
      await vi.waitFor(() => expect(model.calls).toHaveLength(1), 10_000);
      await subject.store.transact((tx) => tx.updateDocument(1, embedded("text 90"), 2));
      vectors.follow(1);
      model.hinder(() => undefined);
      release();
      await expectLacking();
    });
    expect(model.calls).toEqual([["text 1"], ["text 90"]]);
    expect(await subject.store.documentVectors("m", 2, { limit: 9 })).toEqual([
      { document_id: 1, vector: toVector("text 90") },
    ]);
  });

  it("are asked for only of documents that are there and embedded", async () => {
    const model = createModel();
    await insert("text 1", "text 2");
    await subject.store.transact(async (tx) => {
      await tx.deleteDocument(1);
      await tx.updateDocument(2, documentContent({ text: "text 2" }), 1);
    });
    await withVectors(model, async (vectors) => {
      vectors.start();
      for (const id of [1, 2, 99]) vectors.follow(id);
      await insert("text 3");
      vectors.follow(3);
      await expectLacking();
    });
    // Twice where it came while those from before the start were gone through.
    expect(new Set(model.calls.flat())).toEqual(new Set(["text 3"]));
  });
});

describe("an outage", () => {
  const outage = () => Promise.reject(new EndpointError("answered status 503", 503));

  it("is told once, costs no call for each write, and is made good when a question gets through", async () => {
    const model = createModel();
    await insert(...numbered(3));
    await withVectors(model, async (vectors, errors) => {
      model.hinder(outage);
      vectors.start();
      await vi.waitFor(() => expect(errors).toEqual(["answered status 503"]), 10_000);
      for (let id = 4; id < 8; id++) {
        await insert(`text ${id}`);
        vectors.follow(id);
      }
      await expect(vectors.search("text 1", 1, "ada")).rejects.toThrow("answered status 503");
      expect(model.calls).toHaveLength(2);
      expect(await lacking()).toHaveLength(7);
      model.hinder(() => undefined);
      expect(await vectors.search("text 1", 1, "ada")).toEqual([]);
      await expectLacking();
      expect(errors).toHaveLength(1);
    });
  });

  it("is tried again after a minute", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const model = createModel();
      await insert("text 1");
      await withVectors(model, async (vectors, errors) => {
        model.hinder(outage);
        vectors.start();
        while (errors.length === 0) await new Promise(setImmediate);
        model.hinder(() => undefined);
        vi.advanceTimersByTime(59_999);
        expect(model.calls).toHaveLength(1);
        vi.advanceTimersByTime(1);
        while ((await lacking()).length > 0) await new Promise(setImmediate);
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("of one text is not one of the others", async () => {
    const model = createModel();
    await insert(...numbered(20));
    await withVectors(model, async (vectors, errors) => {
      model.hinder((texts) => {
        if (texts.includes("text 13")) throw new EndpointError("answered status 400", 400);
      });
      vectors.start();
      await expectLacking(13);
      expect(errors).toEqual(["refused document 13: answered status 400"]);
    });
  });

  it("of the store is no end", async () => {
    const model = createModel();
    await insert("text 1");
    await withVectors(model, async (vectors, errors) => {
      const transact = vi.spyOn(subject.store, "transact").mockRejectedValueOnce(new Error("no room"));
      vectors.start();
      await vi.waitFor(() => expect(errors).toEqual(["no room"]), 10_000);
      transact.mockRestore();
      await vectors.search("text 1", 1, "ada");
      await expectLacking();
    });
  });
});

describe("closing", () => {
  it("gives up the call under way", async () => {
    const model = createModel();
    await insert("text 1");
    await withVectors(model, async (vectors, errors) => {
      model.hinder(() => new Promise(() => undefined));
      vectors.start();
      await vi.waitFor(() => expect(model.calls).toHaveLength(1), 10_000);
      await vectors.close();
      vectors.follow(1);
      vectors.start();
      expect([model.calls.length, errors]).toEqual([1, []]);
    });
    expect(await lacking()).toEqual([1]);
  });
});

describe("a search", () => {
  it("answers the nearest documents first, and those that are embedded alone", async () => {
    await insert("text 10", "text 50", "text 30", "text 200", "text 40");
    await withVectors(createModel(), async (vectors) => {
      vectors.start();
      await expectLacking();
      await subject.store.transact((tx) => tx.updateDocument(3, documentContent({ text: "text 30" }), 2));
      const found = await vectors.search("text 33", 3, "ada");
      expect(found.map(({ text }) => text)).toEqual(["text 40", "text 50", "text 10"]);
    });
  });

  it("finds nothing where there are no vectors", async () => {
    await withVectors(createModel(), async (vectors) => {
      expect(await vectors.search("text 33", 3, "ada")).toEqual([]);
    });
  });
});
