import { expect, it } from "vitest";
import { addModule, sequenceContent } from "./contents.fixture.js";
import type { IdempotencyRow, RowRange } from "../port/rows.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

/** Replies kept under their callers' keys, and the server's own secrets. */
export function describeIdempotency(open: OpenStore): void {
  const subject = useStore(open);
  const reply = (overrides: Partial<IdempotencyRow> = {}): IdempotencyRow => ({
    user_id: "u",
    route: "ess.create",
    key: "k",
    request_hash: new Uint8Array(32).fill(1),
    status: 201,
    headers: { etag: '"1"' },
    body: '{"id":1,"context":"\u{1f600}"}',
    created_at: 100,
    ...overrides,
  });

  it("a reply is found by its user, route and key alone", async () => {
    await subject.store.transact((tx) => tx.putIdempotency(reply(), 0));
    await subject.reopen();
    const { store } = subject;
    expect(await store.idempotency("u", "ess.create", "k")).toEqual(reply());
    expect(await store.idempotency("v", "ess.create", "k")).toBeUndefined();
    expect(await store.idempotency("u", "sequence.create", "k")).toBeUndefined();
    expect(await store.idempotency("u", "ess.create", "K")).toBeUndefined();
    await store.transact(async (tx) => {
      expect(await tx.idempotency("u", "ess.create", "k")).toEqual(reply());
    });
  });

  it("a reply is replaced only once it is old", async () => {
    const { store } = subject;
    const request_hash = new Uint8Array(32).fill(2);
    const newer = reply({ request_hash, status: 200, headers: {}, body: "[]", created_at: 200 });
    const put = (since: number) => store.transact((tx) => tx.putIdempotency(newer, since));
    expect(await store.transact((tx) => tx.putIdempotency(reply(), 0))).toBe(true);
    expect(await put(0)).toBe(false);
    expect(await put(100)).toBe(false);
    expect(await store.idempotency("u", "ess.create", "k")).toEqual(reply());
    expect(await put(101)).toBe(true);
    expect(await store.idempotency("u", "ess.create", "k")).toEqual(newer);
    expect(await store.transact((tx) => tx.deleteIdempotency(1000, 10))).toBe(1);
  });

  it("a reply is not kept where its transaction fails", async () => {
    const rejecting = subject.store.transact(async (tx) => {
      await tx.putIdempotency(reply(), 0);
      throw new Error("no");
    });
    await expect(rejecting).rejects.toThrow("no");
    expect(await subject.store.idempotency("u", "ess.create", "k")).toBeUndefined();
  });

  it("fewer long replies are deleted at a time, but at least one", async () => {
    const { store } = subject;
    const body = JSON.stringify("x".repeat(2 ** 20));
    for (let key = 0; key < 8; key++)
      await store.transact((tx) => tx.putIdempotency(reply({ key: `${key}`, body }), 0));
    const deleted: number[] = [];
    do deleted.push(await store.transact((tx) => tx.deleteIdempotency(1000, 100)));
    while (deleted.at(-1) !== 0);
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(8);
    expect(Math.max(...deleted)).toBeLessThan(8);
  });

  it("old replies are deleted, at most the limit at a time", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      for (const created_at of [50, 10, 40, 20, 30])
        await tx.putIdempotency(reply({ key: `${created_at}`, created_at }), 0);
    });
    expect(await store.transact((tx) => tx.deleteIdempotency(40, 2))).toBe(2);
    expect(await store.transact((tx) => tx.deleteIdempotency(40, 2))).toBe(1);
    expect(await store.transact((tx) => tx.deleteIdempotency(40, 2))).toBe(0);
    const left = await Promise.all(
      ["10", "20", "30", "40", "50"].map((key) => store.idempotency("u", "ess.create", key)),
    );
    expect(left.map((row) => row?.created_at)).toEqual([undefined, undefined, undefined, 40, 50]);
  });

  /** The keys of these replies that are still kept. */
  const kept = async (...keys: string[]): Promise<string[]> => {
    const rows = await Promise.all(keys.map((key) => subject.store.idempotency("u", "ess.create", key)));
    return keys.filter((_, index) => rows[index] !== undefined);
  };

  it("a reply comes back with the rows that it is about", async () => {
    const ranges: (RowRange | undefined)[] = [
      undefined,
      { kind: "sequence", module_id: "m", first: 3, last: 9 },
      { kind: "document", module_id: null, first: 4, last: 4 },
      { kind: "key", module_id: null, first: "an id", last: "an id" },
    ];
    await subject.store.transact(async (tx) => {
      for (const [key, rows] of ranges.entries()) await tx.putIdempotency(reply({ key: `${key}`, rows }), 0);
    });
    await subject.reopen();
    for (const [key, rows] of ranges.entries()) {
      expect((await subject.store.idempotency("u", "ess.create", `${key}`))?.rows).toEqual(rows);
    }
  });

  it("a reply that is replaced takes the rows that it names with it", async () => {
    const { store } = subject;
    const one = (id: number) => ({ kind: "document", module_id: null, first: id, last: id }) as const;
    await store.transact((tx) => tx.putIdempotency(reply({ rows: one(1) }), 0));
    await store.transact((tx) => tx.putIdempotency(reply({ rows: one(2), created_at: 200 }), 101));
    const forget = (id: number) => store.transact((tx) => tx.forgetReplies({ kind: "document", module_id: null, id }));
    expect(await forget(1)).toBe(0);
    expect(await forget(2)).toBe(1);
  });

  it("the replies of one row are deleted, whosever they are, and those of no other row", async () => {
    const { store } = subject;
    const rows: [key: string, rows: RowRange][] = [
      ["a", { kind: "key", module_id: null, first: "k2", last: "k2" }],
      ["b", { kind: "key", module_id: null, first: "k2", last: "k2" }],
      ["earlier", { kind: "key", module_id: null, first: "k1", last: "k1" }],
      ["later", { kind: "key", module_id: null, first: "k3", last: "k3" }],
      ["user", { kind: "user", module_id: null, first: "k2", last: "k2" }],
      ["embedding", { kind: "embedding", module_id: "m", first: 2, last: 2 }],
      ["of another module", { kind: "embedding", module_id: "n", first: 2, last: 2 }],
      ["document", { kind: "document", module_id: null, first: 2, last: 2 }],
    ];
    const keys = rows.map(([key]) => key);
    await store.transact(async (tx) => {
      for (const [key, range] of rows) await tx.putIdempotency(reply({ key, rows: range }), 0);
      await tx.putIdempotency(reply({ user_id: "v", rows: rows[0]![1] }), 0);
      await tx.putIdempotency(reply({ key: "of none" }), 0);
    });
    expect(await store.transact((tx) => tx.forgetReplies({ kind: "key", module_id: null, id: "k2" }))).toBe(3);
    expect(await kept(...keys, "of none")).toEqual([...keys.slice(2), "of none"]);
    expect(await store.transact((tx) => tx.forgetReplies({ kind: "embedding", module_id: "m", id: 2 }))).toBe(1);
    expect(await store.transact((tx) => tx.forgetReplies({ kind: "embedding", module_id: "m", id: 3 }))).toBe(0);
    expect(await kept(...keys)).toEqual(["earlier", "later", "user", "of another module", "document"]);
  });

  it("a reply of several entries is deleted with the last of them", async () => {
    const { store } = subject;
    const forget = (id: number) =>
      store.transact(async (tx) => {
        await tx.deleteSequence("m", id, 1);
        return tx.forgetReplies({ kind: "sequence", module_id: "m", id });
      });
    await store.transact(async (tx) => {
      await addModule(tx, "m");
      for (let id = 1; id <= 9; id++) await tx.insertSequence("m", sequenceContent(), 1);
      const ranges = [
        [1, 1],
        [2, 4],
        [5, 8],
        [9, 9],
      ] as const;
      for (const [first, last] of ranges) {
        await tx.putIdempotency(reply({ key: `${first}`, rows: { kind: "sequence", module_id: "m", first, last } }), 0);
      }
    });
    expect(await forget(6)).toBe(0);
    expect(await forget(5)).toBe(0);
    expect(await forget(8)).toBe(0);
    expect(await forget(9)).toBe(1);
    expect(await forget(7)).toBe(1);
    expect(await kept("1", "2", "5", "9")).toEqual(["1", "2"]);
    for (const id of [2, 3]) expect(await forget(id)).toBe(0);
    expect(await forget(4)).toBe(1);
    expect(await kept("1", "2")).toEqual(["1"]);
  });

  it("replies that a failing transaction deleted are kept", async () => {
    const rows = { kind: "document", module_id: null, first: 1, last: 1 } as const;
    await subject.store.transact((tx) => tx.putIdempotency(reply({ rows }), 0));
    const rejecting = subject.store.transact(async (tx) => {
      expect(await tx.forgetReplies({ kind: "document", module_id: null, id: 1 })).toBe(1);
      throw new Error("no");
    });
    await expect(rejecting).rejects.toThrow("no");
    expect(await kept("k")).toEqual(["k"]);
  });

  it("a secret is kept as it is, once", async () => {
    const value = Uint8Array.of(0, 255, 7, 0);
    await subject.store.transact((tx) => tx.insertSecret("cursor", value));
    await subject.reopen();
    expect(await subject.store.secret("cursor")).toEqual(value);
    expect(await subject.store.secret("other")).toBeUndefined();
    await expect(subject.store.transact((tx) => tx.insertSecret("cursor", Uint8Array.of(1)))).rejects.toThrow();
    expect(await subject.store.secret("cursor")).toEqual(value);
  });
}
