import { describe, expect, test } from "vitest";
import { addModule, essContent, sequenceContent } from "./conformance/contents.fixture.js";
import { joinWrites } from "./join-writes.js";
import { useFolder } from "./sqlite/use-folder.fixture.js";
import type { Store, Transaction } from "./store.js";

const folder = useFolder();

/** Ends that note when they run, and what they were told. */
function ends() {
  const seen: unknown[] = [];
  return {
    seen,
    begin: async () => void seen.push("begin"),
    end: async (_tx: Transaction, result: unknown) => void seen.push(result),
  };
}

const append = (store: Store) => store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1));

async function open(): Promise<Store> {
  const store = await folder.open();
  await store.transact((tx) => addModule(tx, "m"));
  return store;
}

const countOf = async (store: Store) => (await store.module("m"))!.sequence_count;

describe("joinWrites", () => {
  test("commits all writes and both ends at once, and hands on the result", async () => {
    const store = await open();
    const both = ends();
    const result = await joinWrites(store, both, async (joined) => {
      const first = await append(joined);
      expect(await countOf(store)).toBe(0);
      const second = await append(joined);
      // From the first write on, reads see the transaction.
      expect(await joined.sequence("m", first.id)).toEqual(first);
      expect(await countOf(joined)).toBe(2);
      expect(await countOf(store)).toBe(0);
      return second.id;
    });
    expect(result).toBe(2);
    expect(both.seen).toEqual(["begin", 2]);
    expect(await countOf(store)).toBe(2);
  });

  test("opens no transaction where nothing is written", async () => {
    const store = await open();
    const both = ends();
    expect(await joinWrites(store, both, (joined) => countOf(joined))).toBe(0);
    expect(both.seen).toEqual([]);
  });

  test("holds up no other writer before the first write", async () => {
    const store = await open();
    await joinWrites(store, ends(), async (joined) => {
      expect(await countOf(joined)).toBe(0);
      await append(store);
      expect(await countOf(joined)).toBe(1);
      return append(joined);
    });
    expect(await countOf(store)).toBe(2);
  });

  const no = new Error("no");
  const failures: [string, (store: Store) => Promise<unknown>][] = [
    [
      "a work",
      (store) =>
        joinWrites(store, ends(), async (joined) => {
          await append(joined);
          await joined.transact(async () => Promise.reject(no));
        }),
    ],
    [
      "what follows the writes",
      (store) =>
        joinWrites(store, ends(), async (joined) => {
          await append(joined);
          throw no;
        }),
    ],
    ["the beginning", (store) => joinWrites(store, { ...ends(), begin: () => Promise.reject(no) }, append)],
    ["the end", (store) => joinWrites(store, { ...ends(), end: () => Promise.reject(no) }, append)],
  ];

  test.each(failures)("keeps nothing where %s fails, and others go on", async (_name, run) => {
    const store = await open();
    const [failed, other] = await Promise.allSettled([run(store), append(store)]);
    expect(failed).toEqual({ status: "rejected", reason: no });
    expect(other.status).toBe("fulfilled");
    expect(await countOf(store)).toBe(1);
    await append(store);
    expect(await countOf(store)).toBe(2);
  });

  test("keeps nothing where the medium has no room", async () => {
    const store = await folder.open({ maxBytes: 400_000 });
    await store.transact((tx) => addModule(tx, "m"));
    const work = joinWrites(store, ends(), (joined) =>
      joined.transact((tx) => tx.insertEss("m", essContent({ context: "x".repeat(500_000) }), 1)),
    );
    await expect(work).rejects.toThrow("no room");
    expect((await store.module("m"))!.ess_count).toBe(1);
  });
});
