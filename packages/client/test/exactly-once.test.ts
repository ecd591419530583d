import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient, EcaConnectionError, EcaResponseError } from "../src/index.js";
import { credentials, type EcaServer, startEcaServer } from "./eca-server.fixture.js";
import { type Loss, startLossyProxy } from "./lossy-proxy.fixture.js";

let server: EcaServer;
let client: Client;

beforeAll(async () => {
  server = await startEcaServer();
  client = createClient({ baseUrl: server.baseUrl, ...credentials });
});

afterAll(() => server.close());

async function addModule(module_id: string): Promise<void> {
  await client.ess.create({ body: { module_id, state: [1], valence: 0 } });
}

const quickRetries = { baseDelayMs: 2, maxDelayMs: 40 };

/** A way to the server that loses the answers to calls for which it is told to: the first one, after it was carried out. */
async function startLosing() {
  let isLossy = false;
  let count = 0;
  const proxy = await startLossyProxy(server.baseUrl, () => {
    const loss = isLossy ? "late" : undefined;
    count += isLossy ? 1 : 0;
    isLossy = false;
    return loss;
  });
  return {
    baseUrl: proxy.baseUrl,
    losing: <Result>(call: () => Promise<Result>): Promise<Result> => {
      isLossy = true;
      return call();
    },
    lost: () => count,
    close: () => proxy.close(),
  };
}

describe("creates over a connection that loses answers", () => {
  it.each<[string, (index: number) => Loss]>([
    ["after they were carried out", (index) => (index % 2 === 0 ? "late" : undefined)],
    ["while they are carried out", (index) => (index % 2 === 0 ? "early" : undefined)],
    ["at any time", (index) => (["late", "early", undefined, "early", undefined] as const)[index % 5]],
  ])("%s: each is there exactly once", async (name, lossOf) => {
    await addModule(name);
    let lossy = false;
    let lost = 0;
    const proxy = await startLossyProxy(server.baseUrl, (index) => {
      const loss = lossy ? lossOf(index) : undefined;
      lost += loss === undefined ? 0 : 1;
      return loss;
    });
    try {
      const retry = { maxRetries: 20, baseDelayMs: 2, maxDelayMs: 40 };
      const remote = createClient({ baseUrl: proxy.baseUrl, ...credentials, retry });
      await remote.module.getAll();
      lossy = true;
      const created = await Promise.all(
        Array.from({ length: 64 }, (_, index) =>
          remote.sequence.create({ body: { module_id: name, instance_id: 1, context: `${index}` } }),
        ),
      );
      expect(lost).toBeGreaterThan(32);
      const { body: log } = await client.sequence.getAll({ params: { module_id: name } });
      const byContext = (rows: readonly { context: string | null }[]) =>
        rows.toSorted((a, b) => Number(a.context) - Number(b.context));
      expect(byContext(log)).toEqual(created.map(({ body }) => body));
    } finally {
      await proxy.close();
    }
  });

  it("what makes a secret is carried out once too, and its secret comes through", async () => {
    const { baseUrl, losing, lost, close } = await startLosing();
    try {
      const remote = createClient({ baseUrl, ...credentials, retry: quickRetries });
      const { body: before } = await remote.key.getAll();
      const eve = { username: "eve", password: "the first password", role: "writer" } as const;
      await losing(() => remote.user.create({ body: eve }));
      const { body: key } = await losing(() => remote.key.create({ body: { name: "robot", role: "writer" } }));
      const { body: rotated } = await losing(() => remote.key.rotate({ params: { key_id: key.key_id } }));
      expect(rotated.token).not.toBe(key.token);
      await createClient({ baseUrl: server.baseUrl, token: rotated.token }).module.getAll();
      expect((await remote.key.getAll()).body).toHaveLength(before.length + 1);
      expect(lost()).toBe(3);
    } finally {
      await close();
    }
  });

  it("a key that is kept repeats a create in another client", async () => {
    await addModule("kept");
    const create = (by: Client) =>
      by.sequence.create({ body: { module_id: "kept", instance_id: 1 }, idempotencyKey: "order 17" });
    const first = await create(client);
    const second = await create(createClient({ baseUrl: server.baseUrl, ...credentials }));
    expect(second.body).toEqual(first.body);
    expect(second.headers["idempotency-replayed"]).toBe("true");
    const other = { module_id: "kept", instance_id: 1, status: "e" };
    await expect(client.sequence.create({ body: other, idempotencyKey: "order 17" })).rejects.toMatchObject({
      status: 422,
      code: "idempotency_mismatch",
    });
  });
});

describe("calls about one's own login, over a connection that loses answers", () => {
  const login = { username: "zoe", password: "the first password" };

  beforeAll(() => client.user.create({ body: { ...login, role: "writer" } }));

  it("a log-in is repeated, and begins another session", async () => {
    const { baseUrl, losing, lost, close } = await startLosing();
    try {
      const remote = createClient({ baseUrl, ...credentials, retry: quickRetries });
      const { body: session } = await losing(() => remote.auth.login({ body: login }));
      await createClient({ baseUrl: server.baseUrl, token: session.session_id }).module.getAll();
      expect(lost()).toBe(1);
    } finally {
      await close();
    }
  });

  it("a log-out is repeated: its session has ended, by a client that cannot log in again with 401", async () => {
    const { baseUrl, losing, lost, close } = await startLosing();
    try {
      const { body: session } = await client.auth.login({ body: login });
      const hers = createClient({ baseUrl, token: session.session_id, retry: quickRetries });
      await expect(losing(() => hers.auth.logout())).rejects.toMatchObject({ status: 401, code: "unauthenticated" });
      await expect(hers.module.getAll()).rejects.toMatchObject({ status: 401 });
      const another = createClient({ baseUrl, ...login, retry: quickRetries });
      await another.module.getAll();
      expect((await losing(() => another.auth.logout())).status).toBe(200);
      expect(lost()).toBe(2);
    } finally {
      await close();
    }
  });

  it("a change of password is not repeated; a log-in with the new one tells that it was carried out", async () => {
    const { baseUrl, losing, lost, close } = await startLosing();
    try {
      const { body: session } = await client.auth.login({ body: login });
      const hers = createClient({ baseUrl, token: session.session_id, retry: quickRetries });
      const body = { current_password: login.password, new_password: "the second password" };
      await expect(losing(() => hers.auth.changePassword({ body }))).rejects.toBeInstanceOf(EcaConnectionError);
      await hers.module.getAll();
      await client.auth.login({ body: { ...login, password: body.new_password } });
      await expect(client.auth.login({ body: login })).rejects.toMatchObject({ code: "invalid_credentials" });
      expect(lost()).toBe(1);
    } finally {
      await close();
    }
  });
});

describe("conditions", () => {
  const params = { module_id: "conditions", id: 1 };

  beforeAll(() => addModule("conditions"));

  it("a read whose ETag is current resolves to 304, without a body", async () => {
    const first = await client.ess.getOne({ params, ifNoneMatch: null });
    const etag = first.headers.get("etag");
    const second = await client.ess.getOne({ params, ifNoneMatch: etag });
    expect(second).toMatchObject({ status: 304, body: undefined });
    expect(second.headers.get("etag")).toBe(etag);
    await client.ess.update({ params, body: { module_id: "conditions", state: [2], valence: 0 } });
    const third = await client.ess.getOne({ params, ifNoneMatch: etag });
    expect(third.status === 200 && third.body.state).toEqual([2]);
  });

  it("a list that has not changed resolves to 304 too", async () => {
    const list = { params: { module_id: "conditions" } };
    const { headers } = await client.sequence.getAll(list);
    expect((await client.sequence.getAll({ ...list, ifNoneMatch: headers.get("etag") })).status).toBe(304);
  });

  it("of two writers who have seen the same row, one is told to look again", async () => {
    const { headers } = await client.ess.getOne({ params });
    const ifMatch = headers.get("etag") ?? "";
    const write = (value: number) =>
      client.ess.update({ params, body: { module_id: "conditions", state: [value], valence: 0 }, ifMatch });
    await write(3);
    const failure = await write(4).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EcaResponseError);
    expect(failure).toMatchObject({ status: 412, code: "precondition_failed" });
    expect((await client.ess.getOne({ params })).body.state).toEqual([3]);
  });

  it("of many who would found a module, one does", async () => {
    const body = { module_id: "founded", state: [1], valence: 0 };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => client.ess.create({ body, ifNoneMatch: "*" })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes.filter((each) => each.status === "rejected")) {
      expect(outcome.reason).toMatchObject({ status: 412 });
    }
  });
});
