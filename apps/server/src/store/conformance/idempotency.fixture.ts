import { expect, test } from "vitest";
import type { IdempotencyRow } from "../rows.js";
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

  test("a reply is found by its user, route and key alone", async () => {
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

  test("a reply gives way to another one only once it is old", async () => {
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

  test("a reply goes with the transaction that fails", async () => {
    const work = subject.store.transact(async (tx) => {
      await tx.putIdempotency(reply(), 0);
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(await subject.store.idempotency("u", "ess.create", "k")).toBeUndefined();
  });

  test("old replies are deleted, so many at a time", async () => {
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

  test("a secret is kept as it is, once", async () => {
    const value = Uint8Array.of(0, 255, 7, 0);
    await subject.store.transact((tx) => tx.insertSecret("cursor", value));
    await subject.reopen();
    expect(await subject.store.secret("cursor")).toEqual(value);
    expect(await subject.store.secret("other")).toBeUndefined();
    await expect(subject.store.transact((tx) => tx.insertSecret("cursor", Uint8Array.of(1)))).rejects.toThrow();
    expect(await subject.store.secret("cursor")).toEqual(value);
  });
}
