import { describe, expect, it } from "vitest";
import { DomainError } from "../errors/domain-error.js";
import { addModule, sequenceContent } from "../store/conformance/contents.fixture.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import type { Store } from "../store/port/store.js";
import { timesOf } from "../time/times-of.fixture.js";
import type { KeptReply, KeyedCall } from "./keyed-call.js";
import { createIdempotencyService } from "./service.js";

const folder = useFolder();

/** How long a reply is kept here: 24 hours, in microseconds. */
const lifetime = 86_400_000_000;

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
  const times = timesOf(() => now);
  const limits = { retention: lifetime / 1000, replyBytes: 4096, userBytes: 10_000 };
  return {
    store,
    service: createIdempotencyService({ store, times, limits }),
    another: createIdempotencyService({ store, times, limits }),
    keepingFor: (retention: number) => createIdempotencyService({ store, times, limits: { ...limits, retention } }),
    pass: (micros: number) => (now += micros),
    count: async () => (await store.module("m"))!.sequence_count,
  };
}

const refusedWith = (code: string) => expect.objectContaining({ constructor: DomainError, code });

describe("a call under a key", () => {
  it("is carried out once and replayed", async () => {
    const { service, count, store } = await setUp();
    const first = await service.run(call(), appendTo);
    expect(first).toEqual({ replayed: false, reply: { status: 201, headers: { etag: '"2"' }, body: '{"id":1}' } });
    await appendTo(store);
    const second = await service.run(call(), appendTo);
    expect(second.replayed).toBe(true);
    expect(second.reply).toMatchObject(first.reply);
    expect(await count()).toBe(2);
  });

  it.each([{ userId: "zoe" }, { route: "ess.create" }, { key: "K" }])("is another call for %j", async (other) => {
    const { service, count } = await setUp();
    await service.run(call(), appendTo);
    expect(await service.run(call(other), appendTo)).toMatchObject({ replayed: false });
    expect(await count()).toBe(2);
  });

  it("that asks for something else is refused", async () => {
    const { service, count } = await setUp();
    await service.run(call(), appendTo);
    const other = call({ requestHash: new Uint8Array(32).fill(2) });
    await expect(service.run(other, appendTo)).rejects.toEqual(refusedWith("idempotency_mismatch"));
    expect(await count()).toBe(1);
  });

  it("that is under way is not carried out twice", async () => {
    const { service, count } = await setUp();
    const outcomes = await Promise.allSettled(Array.from({ length: 64 }, () => service.run(call(), appendTo)));
    const other = service.run(call({ requestHash: new Uint8Array(32) }), appendTo);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes.filter((each) => each.status === "rejected")) {
      expect(outcome.reason).toEqual(refusedWith("idempotency_in_flight"));
    }
    await expect(other).rejects.toEqual(refusedWith("idempotency_mismatch"));
    expect(await count()).toBe(1);
  });

  it("is not carried out twice by two servers on one store either", async () => {
    const { service, another, count } = await setUp();
    const outcomes = await Promise.allSettled([service.run(call(), appendTo), another.run(call(), appendTo)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((each) => each.status === "rejected")!.reason).toEqual(refusedWith("idempotency_in_flight"));
    expect(await another.run(call(), appendTo)).toMatchObject({ replayed: true });
    expect(await count()).toBe(1);
  });

  it("that fails is not kept", async () => {
    const { service, count } = await setUp();
    const failing = service.run(call(), async (store) => {
      await appendTo(store);
      throw new DomainError("ess_not_found", "no");
    });
    await expect(failing).rejects.toEqual(refusedWith("ess_not_found"));
    expect(await count()).toBe(0);
    expect(await service.run(call(), appendTo)).toMatchObject({ replayed: false });
    expect(await count()).toBe(1);
  });

  it("that writes nothing is kept too", async () => {
    const { service } = await setUp();
    let looks = 0;
    const look = async (): Promise<KeptReply> => ({ status: 200, headers: { a: "b" }, body: `[${++looks}]` });
    const first = await service.run(call(), look);
    expect(first).toEqual({ replayed: false, reply: { status: 200, headers: { a: "b" }, body: "[1]" } });
    expect(await service.run(call(), look)).toEqual({ ...first, replayed: true });
    const other = call({ requestHash: new Uint8Array(32) });
    await expect(service.run(other, look)).rejects.toEqual(refusedWith("idempotency_mismatch"));
    expect(looks).toBe(1);
  });

  it("that writes nothing is refused where its reply is too large to be kept, or its user has too many", async () => {
    const { service, pass, count, store } = await setUp();
    const look = (bytes: number) => async (): Promise<KeptReply> => ({
      status: 200,
      headers: {},
      body: "\u00e9".repeat(bytes / 2),
    });
    await expect(service.run(call(), look(4098))).rejects.toEqual(refusedWith("invalid_request"));
    expect(await store.idempotency("ada", "sequence.create", "k")).toBeUndefined();
    for (const key of ["1", "2"]) await service.run(call({ key }), look(3000));
    await expect(service.run(call({ key: "3" }), look(3000))).rejects.toMatchObject({ code: "rate_limited" });
    expect(await service.run(call({ key: "3", userId: "zoe" }), look(3000))).toMatchObject({ replayed: false });
    // What writes is bounded by what it may write.
    expect(await service.run(call({ key: "3" }), appendTo)).toMatchObject({ replayed: false });
    expect(await count()).toBe(1);
    pass(lifetime / 2);
    expect(await service.run(call({ key: "4" }), look(3000))).toMatchObject({ replayed: false });
  });

  it("is kept for as long as it is to be, to the microsecond", async () => {
    const { service, pass, count } = await setUp();
    await service.run(call(), appendTo);
    pass(lifetime - 1);
    expect(await service.run(call(), appendTo)).toMatchObject({ replayed: true });
    pass(1);
    expect(await service.run(call({ requestHash: new Uint8Array(1) }), appendTo)).toMatchObject({ replayed: false });
    expect(await count()).toBe(2);
  });

  it("is kept for another time once the setting is another", async () => {
    const { service, keepingFor, pass } = await setUp();
    await service.run(call(), appendTo);
    pass(1_000_000);
    const [shorter, longer] = [keepingFor(1000), keepingFor(2 * 86_400_000)];
    // It would be carried out, and is not; nothing is kept of that.
    const carriedOut = new Error("carried out");
    const attempt = (by: typeof service) => by.run(call(), () => Promise.reject(carriedOut));
    await expect(attempt(shorter)).rejects.toBe(carriedOut);
    expect(await attempt(longer)).toMatchObject({ replayed: true, reply: { body: '{"id":1}' } });
    pass(lifetime);
    await expect(attempt(service)).rejects.toBe(carriedOut);
    expect(await attempt(longer)).toMatchObject({ replayed: true, reply: { body: '{"id":1}' } });
    expect(await shorter.purge()).toBe(1);
    await expect(attempt(longer)).rejects.toBe(carriedOut);
  });

  it("returns for a kept reply what it is by then, and is carried out anew where it is good no more", async () => {
    const { service, count } = await setUp();
    const rows = { kind: "sequence", module_id: "m", first: 1, last: 1 } as const;
    const append = async (store: Store) => ({ ...(await appendTo(store)), rows });
    await service.run(call(), append);
    const heard: KeptReply[] = [];
    const replaying = (now: KeptReply | undefined) =>
      call({
        replay: async (reply) => {
          heard.push(reply);
          return now;
        },
      });
    const now = { status: 201, headers: {}, body: "as it is now" };
    expect(await service.run(replaying(now), append)).toEqual({ replayed: true, reply: now });
    expect(heard).toEqual([{ status: 201, headers: { etag: '"2"' }, body: '{"id":1}', rows }]);
    // What is returned now takes the place of nothing.
    expect((await service.run(call(), append)).reply.body).toBe('{"id":1}');
    expect(await service.run(replaying(undefined), append)).toMatchObject({ replayed: false });
    expect(await count()).toBe(2);
    expect((await service.run(call(), append)).reply.body).toBe('{"id":2}');
    const other = { ...replaying(now), requestHash: new Uint8Array(32) };
    await expect(service.run(other, append)).rejects.toEqual(refusedWith("idempotency_mismatch"));
  });
});

describe("a call that is sealed", () => {
  const sealed = (overrides: Partial<KeyedCall> = {}) => call({ sealedBy: "ecas_a-token", ...overrides });

  it("is answered again to who knows the secret, and shows nothing at rest", async () => {
    const { service, another, store } = await setUp();
    const first = await service.run(sealed(), appendTo);
    expect(await another.run(sealed(), appendTo)).toEqual({ ...first, replayed: true });
    const kept = (await store.idempotency("ada", "sequence.create", "k"))!;
    for (const body of [kept.body, Buffer.from(kept.body, "base64").toString("latin1")]) {
      expect(body).not.toContain(first.reply.body);
    }
    expect(kept.request_hash).not.toEqual(call().requestHash);
  });

  it("returns what its reply is by then, as it was opened", async () => {
    const { service } = await setUp();
    await service.run(sealed(), appendTo);
    const opened: string[] = [];
    const replay = async (reply: KeptReply) => {
      opened.push(reply.body);
      return { ...reply, body: "as it is now" };
    };
    const again = await service.run(sealed({ replay }), appendTo);
    expect([again.replayed, again.reply.body, opened]).toEqual([true, "as it is now", ['{"id":1}']]);
  });

  it("is another one with another secret, and is not carried out twice", async () => {
    const { service, count } = await setUp();
    await service.run(sealed(), appendTo);
    const other = service.run(sealed({ sealedBy: "ecas_another" }), appendTo);
    await expect(other).rejects.toEqual(refusedWith("idempotency_mismatch"));
    const changed = service.run(sealed({ requestHash: new Uint8Array(32) }), appendTo);
    await expect(changed).rejects.toEqual(refusedWith("idempotency_mismatch"));
    expect(await count()).toBe(1);
  });
});

describe("purge", () => {
  it("forgets what was kept long enough, and that alone", async () => {
    const { service, pass, store } = await setUp();
    for (let old = 0; old < 3; old++) await service.run(call({ key: `old ${old}` }), appendTo);
    pass(lifetime);
    await service.run(call({ key: "young" }), appendTo);
    pass(1);
    expect(await service.purge()).toBe(3);
    expect(await service.purge()).toBe(0);
    expect(await store.idempotency("ada", "sequence.create", "old 0")).toBeUndefined();
    expect(await service.run(call({ key: "young" }), appendTo)).toMatchObject({ replayed: true });
  });

  it("forgets all of them, however many", async () => {
    const { service, pass, store } = await setUp();
    const kept = await service.run(call(), appendTo);
    await store.transact(async (tx) => {
      for (let index = 0; index < 2500; index++) {
        const row = {
          user_id: "ada",
          route: "r",
          key: `key ${index}`,
          request_hash: new Uint8Array(32),
          created_at: 1,
        };
        await tx.putIdempotency({ ...row, ...kept.reply }, 0);
      }
    });
    pass(lifetime + 1);
    expect(await service.purge()).toBe(2501);
    expect(await service.purge()).toBe(0);
  });
});
