import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { KeyRow } from "../port/rows.js";
import type { Page } from "../port/store.js";
import { awkwardModuleIds, byBytes, text, user } from "./contents.fixture.js";
import { type OpenStore, useStore, withStore } from "./use-store.fixture.js";

/** Keys: programs that call on behalf of a user. */
export function describeKeys(open: OpenStore): void {
  const subject = useStore(open);
  const ada = user("ada");
  const zoe = user("zoe");
  const hash = (byte: number) => new Uint8Array(32).fill(byte);
  const keyOf = ({ user_id }: typeof ada, byte: number, overrides: Partial<KeyRow> = {}): KeyRow => ({
    key_id: `key ${byte}`,
    token_hash: hash(byte),
    user_id,
    name: "meter",
    hint: "ecak_abc",
    role: "reader",
    modules: null,
    created_at: 5,
    expires_at: null,
    last_used_at: null,
    ...overrides,
  });

  it("a key is found by its id, and by its token with its user", async () => {
    const limited = keyOf(ada, 1, { modules: awkwardModuleIds, expires_at: 90, last_used_at: 80, role: "writer" });
    const unlimited = keyOf(zoe, 2);
    await subject.store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertUser({ ...zoe, disabled: true });
      await tx.insertKey(limited);
      await tx.insertKey(unlimited);
    });
    await subject.reopen();
    const { store } = subject;
    expect(await store.key("key 1")).toEqual(limited);
    expect(await store.key("key 2")).toEqual(unlimited);
    expect(await store.key("key 3")).toBeUndefined();
    expect(await store.keyByToken(hash(1))).toEqual({ key: limited, user: ada });
    expect(await store.keyByToken(hash(2))).toEqual({ key: unlimited, user: { ...zoe, disabled: true } });
    expect(await store.keyByToken(hash(3))).toBeUndefined();
    expect(await store.session(hash(1))).toBeUndefined();
  });

  it("a key needs its user, an id and a token of its own", async () => {
    const { store } = subject;
    await expect(store.transact((tx) => tx.insertKey(keyOf(ada, 1)))).rejects.toThrow();
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertKey(keyOf(ada, 1));
    });
    await expect(store.transact((tx) => tx.insertKey(keyOf(ada, 1, { key_id: "other" })))).rejects.toThrow();
    await expect(store.transact((tx) => tx.insertKey(keyOf(ada, 1, { token_hash: hash(2) })))).rejects.toThrow();
    expect(await store.keys({ order: "asc", limit: 10 })).toEqual([keyOf(ada, 1)]);
  });

  it("a replaced token is dead, a touched key has the time of its use, a deleted one is gone", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertKey(keyOf(ada, 1));
      await tx.insertKey(keyOf(ada, 2));
      await tx.replaceToken("key 1", hash(3), "ecak_new");
      await tx.touchKey("key 1", 77);
    });
    const changed = keyOf(ada, 1, { token_hash: hash(3), hint: "ecak_new", last_used_at: 77 });
    expect(await store.key("key 1")).toEqual(changed);
    expect(await store.keyByToken(hash(1))).toBeUndefined();
    expect(await store.keyByToken(hash(3))).toEqual({ key: changed, user: ada });
    await store.transact(async (tx) => {
      await tx.deleteKey("key 1");
      await tx.deleteKey("key 1");
      await tx.touchKey("key 1", 78);
      await tx.replaceToken("key 1", hash(4), "ecak_none");
    });
    expect(await store.key("key 1")).toBeUndefined();
    expect(await store.keyByToken(hash(3))).toBeUndefined();
    expect(await store.keys({ order: "asc", limit: 10 })).toEqual([keyOf(ada, 2)]);
  });

  it("pages of keys and of users, joined, hold each once and in order", async () => {
    const name = text.filter((value) => value !== "");
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 5 }), async (names, limit) => {
        await withStore(open, async ({ store }) => {
          await store.transact(async (tx) => {
            for (const [index, name] of names.entries()) {
              await tx.insertUser(user(name));
              await tx.insertKey(keyOf(user(name), index, { key_id: name }));
            }
          });
          for (const order of ["asc", "desc"] as const) {
            const sorted = order === "asc" ? names.toSorted(byBytes) : names.toSorted((a, b) => byBytes(b, a));
            const page = { order, limit };
            expect(
              await collect(
                (page) => store.users(page),
                page,
                (row) => row.username,
              ),
            ).toEqual(sorted);
            expect(
              await collect(
                (page) => store.keys(page),
                page,
                (row) => row.key_id,
              ),
            ).toEqual(sorted);
          }
        });
      }),
      { numRuns: 10 },
    );
  });
}

/** The keys of all rows, read in pages. */
async function collect<Row>(
  read: (page: Page<string>) => Promise<readonly Row[]>,
  first: Page<string>,
  keyOf: (row: Row) => string,
): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const after = keys.at(-1);
    const rows = await read({ ...first, ...(after !== undefined && { after }) });
    if (rows.length === 0) return keys;
    expect(rows.length).toBeLessThanOrEqual(first.limit);
    keys.push(...rows.map(keyOf));
  }
}
