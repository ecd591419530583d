import { describe, expect, it } from "vitest";
import { addModule, essContent, sequenceContent } from "./conformance/contents.fixture.js";
import { withSharedTransaction } from "./shared-transaction.js";
import { useFolder } from "./sqlite/use-folder.fixture.js";
import type { Store, Transaction } from "./port/store.js";

const folder = useFolder();

const nothing = async (): Promise<void> => undefined;

const append = (store: Store) => store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1));

async function open(): Promise<Store> {
  const store = await folder.open();
  await store.transact((tx) => addModule(tx, "m"));
  return store;
}

const countOf = async (store: Store) => (await store.module("m"))!.sequence_count;

describe("withSharedTransaction", () => {
  it("commits all writes and its end at once, and returns the result", async () => {
    const store = await open();
    const end = async (tx: Transaction, id: number) => void (await tx.updateSequence("m", id, sequenceContent(), 2));
    const perform = async (sharing: Store): Promise<number> => {
      const first = await append(sharing);
      expect(await countOf(store)).toBe(0);
      const second = await append(sharing);
      // From the first write on, reads see the transaction.
      expect(await sharing.sequence("m", first.id)).toEqual(first);
      expect(await countOf(sharing)).toBe(2);
      expect(await countOf(store)).toBe(0);
      return second.id;
    };
    expect(await withSharedTransaction(store, perform, end)).toBe(2);
    expect(await countOf(store)).toBe(2);
    expect(await store.sequence("m", 2)).toMatchObject({ updated_at: 2 });
  });

  it("opens no transaction where nothing is written", async () => {
    const store = await open();
    const end = (): Promise<void> => Promise.reject(new Error("called"));
    expect(await withSharedTransaction(store, (sharing) => countOf(sharing), end)).toBe(0);
  });

  it("blocks no other writer before the first write", async () => {
    const store = await open();
    const perform = async (sharing: Store) => {
      expect(await countOf(sharing)).toBe(0);
      await append(store);
      expect(await countOf(sharing)).toBe(1);
      return append(sharing);
    };
    await withSharedTransaction(store, perform, nothing);
    expect(await countOf(store)).toBe(2);
  });

  const no = new Error("no");
  const failures: [string, (store: Store) => Promise<unknown>][] = [
    [
      "a later unit of work",
      (store) => {
        const perform = async (sharing: Store): Promise<void> => {
          await append(sharing);
          await sharing.transact(async () => Promise.reject(no));
        };
        return withSharedTransaction(store, perform, nothing);
      },
    ],
    [
      "what follows the writes",
      (store) => {
        const perform = async (sharing: Store): Promise<void> => {
          await append(sharing);
          throw no;
        };
        return withSharedTransaction(store, perform, nothing);
      },
    ],
    [
      "the first unit of work",
      (store) => withSharedTransaction(store, (sharing) => sharing.transact(() => Promise.reject(no)), nothing),
    ],
    ["the end", (store) => withSharedTransaction(store, append, () => Promise.reject(no))],
  ];

  it.each(failures)("keeps nothing where %s fails, and others go on", async (_name, run) => {
    const store = await open();
    const [failed, other] = await Promise.allSettled([run(store), append(store)]);
    expect(failed).toEqual({ status: "rejected", reason: no });
    expect(other.status).toBe("fulfilled");
    expect(await countOf(store)).toBe(1);
    await append(store);
    expect(await countOf(store)).toBe(2);
  });

  it("keeps nothing where the disk is full", async () => {
    const store = await folder.open({ maxBytes: 400_000 });
    await store.transact((tx) => addModule(tx, "m"));
    const perform = (sharing: Store) =>
      sharing.transact((tx) => tx.insertEss("m", essContent({ context: "x".repeat(500_000) }), 1));
    await expect(withSharedTransaction(store, perform, nothing)).rejects.toThrow("the data folder is full");
    expect((await store.module("m"))!.ess_count).toBe(1);
  });
});
