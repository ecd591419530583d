import { describe, expect, test } from "vitest";
import { DomainError } from "../errors.js";
import { addModule, sequenceContent } from "../store/conformance/contents.fixture.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import type { Store } from "../store/store.js";
import { createIdempotencyService, type KeptReply, type KeyedCall, replyLifetime } from "./service.js";

const folder = useFolder();

const call = (overrides: Partial<KeyedCall> = {}): KeyedCall => ({
  userId: "ada",
  route: "sequence.create",
  key: "k",
  requestHash: new Uint8Array(32).fill(1),
  ...overrides,
});

async function appendTo(store: Store): Promise<KeptReply> {
  const row = await store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1));
  return { status: 201, headers: { etag: `"${row.revision}"` }, body: `{"id":${row.id}}` };
}

async function setUp() {
  const store = await folder.open();
  await store.transact((tx) => addModule(tx, "m"));
  let now = 1_000_000;
  const clock = () => now;
  return {
    store,
    service: createIdempotencyService({ store, clock }),
    another: createIdempotencyService({ store, clock }),
    pass: (micros: number) => (now += micros),
    count: async () => (await store.module("m"))!.sequence_count,
  };
}

const refusedWith = (code: string) => expect.objectContaining({ constructor: DomainError, code });

describe("a call under a key", () => {
  test("is carried out once and answered the same again", async () => {
    const { service, count, store } = await setUp();
    const first = await service.once(call(), appendTo);
    expect(first).toEqual({ replayed: false, reply: { status: 201, headers: { etag: '"2"' }, body: '{"id":1}' } });
    await appendTo(store);
    const second = await service.once(call(), appendTo);
    expect(second.replayed).toBe(true);
    expect(second.reply).toMatchObject(first.reply);
    expect(await count()).toBe(2);
  });

  test.each([{ userId: "zoe" }, { route: "ess.create" }, { key: "K" }])("is another call for %j", async (other) => {
    const { service, count } = await setUp();
    await service.once(call(), appendTo);
    expect(await service.once(call(other), appendTo)).toMatchObject({ replayed: false });
    expect(await count()).toBe(2);
  });

  test("that asks for something else is refused", async () => {
    const { service, count } = await setUp();
    await service.once(call(), appendTo);
    const other = call({ requestHash: new Uint8Array(32).fill(2) });
    await expect(service.once(other, appendTo)).rejects.toEqual(refusedWith("idempotency_mismatch"));
    expect(await count()).toBe(1);
  });

  test("that is under way is not carried out twice", async () => {
    const { service, count } = await setUp();
    const outcomes = await Promise.allSettled(Array.from({ length: 64 }, () => service.once(call(), appendTo)));
    const other = service.once(call({ requestHash: new Uint8Array(32) }), appendTo);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes.filter((each) => each.status === "rejected")) {
      expect(outcome.reason).toEqual(refusedWith("idempotency_in_flight"));
    }
    await expect(other).rejects.toEqual(refusedWith("idempotency_mismatch"));
    expect(await count()).toBe(1);
  });

  test("is not carried out twice by two servers on one store either", async () => {
    const { service, another, count } = await setUp();
    const outcomes = await Promise.allSettled([service.once(call(), appendTo), another.once(call(), appendTo)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((each) => each.status === "rejected")!.reason).toEqual(refusedWith("idempotency_in_flight"));
    expect(await another.once(call(), appendTo)).toMatchObject({ replayed: true });
    expect(await count()).toBe(1);
  });

  test("that fails is not kept", async () => {
    const { service, count } = await setUp();
    const failing = service.once(call(), async (store) => {
      await appendTo(store);
      throw new DomainError("ess_not_found", "no");
    });
    await expect(failing).rejects.toEqual(refusedWith("ess_not_found"));
    expect(await count()).toBe(0);
    expect(await service.once(call(), appendTo)).toMatchObject({ replayed: false });
    expect(await count()).toBe(1);
  });

  test("that writes nothing is carried out each time", async () => {
    const { service } = await setUp();
    const look = async (): Promise<KeptReply> => ({ status: 200, headers: {}, body: "[]" });
    expect(await service.once(call(), look)).toMatchObject({ replayed: false });
    expect(await service.once(call(), look)).toMatchObject({ replayed: false });
  });

  test("is kept for 24 hours, to the microsecond", async () => {
    const { service, pass, count } = await setUp();
    expect(replyLifetime).toBe(86_400_000_000);
    await service.once(call(), appendTo);
    pass(replyLifetime - 1);
    expect(await service.once(call(), appendTo)).toMatchObject({ replayed: true });
    pass(1);
    expect(await service.once(call({ requestHash: new Uint8Array(1) }), appendTo)).toMatchObject({ replayed: false });
    expect(await count()).toBe(2);
  });
});

describe("purge", () => {
  test("forgets what was kept long enough, and that alone", async () => {
    const { service, pass, store } = await setUp();
    for (let old = 0; old < 3; old++) await service.once(call({ key: `old ${old}` }), appendTo);
    pass(replyLifetime);
    await service.once(call({ key: "young" }), appendTo);
    pass(1);
    expect(await service.purge()).toBe(3);
    expect(await service.purge()).toBe(0);
    expect(await store.idempotency("ada", "sequence.create", "old 0")).toBeUndefined();
    expect(await service.once(call({ key: "young" }), appendTo)).toMatchObject({ replayed: true });
  });
});
