import { describe, expect, test } from "vitest";
import { addModule, essContent, sequenceContent } from "./conformance/contents.fixture.js";
import { joinWrites } from "./join-writes.js";
import { useFolder } from "./sqlite/use-folder.fixture.js";
import type { Store, Transaction } from "./store.js";

const folder = useFolder();

const nothing = async (): Promise<void> => undefined;

const append = (store: Store) => store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1));

async function open(): Promise<Store> {
  const store = await folder.open();
  await store.transact((tx) => addModule(tx, "m"));
  return store;
}

const countOf = async (store: Store) => (await store.module("m"))!.sequence_count;

describe("joinWrites", () => {
  test("commits all writes and its end at once, and hands on the result", async () => {
    const store = await open();
    const end = async (tx: Transaction, id: number) => void (await tx.updateSequence("m", id, sequenceContent(), 2));
    const perform = async (joined: Store): Promise<number> => {
      const first = await append(joined);
      expect(await countOf(store)).toBe(0);
      const second = await append(joined);
      // From the first write on, reads see the transaction.
      expect(await joined.sequence("m", first.id)).toEqual(first);
      expect(await countOf(joined)).toBe(2);
      expect(await countOf(store)).toBe(0);
      return second.id;
    };
    expect(await joinWrites(store, perform, end)).toBe(2);
    expect(await countOf(store)).toBe(2);
    expect(await store.sequence("m", 2)).toMatchObject({ updated_at: 2 });
  });

  test("opens no transaction where nothing is written", async () => {
    const store = await open();
    const end = (): Promise<void> => Promise.reject(new Error("called"));
    expect(await joinWrites(store, (joined) => countOf(joined), end)).toBe(0);
  });

  test("holds up no other writer before the first write", async () => {
    const store = await open();
    const perform = async (joined: Store) => {
      expect(await countOf(joined)).toBe(0);
      await append(store);
      expect(await countOf(joined)).toBe(1);
      return append(joined);
    };
    await joinWrites(store, perform, nothing);
    expect(await countOf(store)).toBe(2);
  });

  const no = new Error("no");
  const failures: [string, (store: Store) => Promise<unknown>][] = [
    [
      "a work",
      (store) => {
        const perform = async (joined: Store): Promise<void> => {
          await append(joined);
          await joined.transact(async () => Promise.reject(no));
        };
        return joinWrites(store, perform, nothing);
      },
    ],
    [
      "what follows the writes",
      (store) => {
        const perform = async (joined: Store): Promise<void> => {
          await append(joined);
          throw no;
        };
        return joinWrites(store, perform, nothing);
      },
    ],
    ["the first work", (store) => joinWrites(store, (joined) => joined.transact(() => Promise.reject(no)), nothing)],
    ["the end", (store) => joinWrites(store, append, () => Promise.reject(no))],
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
    const perform = (joined: Store) =>
      joined.transact((tx) => tx.insertEss("m", essContent({ context: "x".repeat(500_000) }), 1));
    await expect(joinWrites(store, perform, nothing)).rejects.toThrow("no room");
    expect((await store.module("m"))!.ess_count).toBe(1);
  });
});
