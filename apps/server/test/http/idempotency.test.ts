import { request } from "node:http";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Clock } from "../../src/clock.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;
let now = 1_700_000_000_000_000;
const clock: Clock = () => now;
let keys = 0;

const newKey = () => `key-${++keys}`;
const post = (path: string, body: unknown, key: string, token = server.token): Promise<Answer> =>
  server.call({ method: "POST", path, body, headers: { "idempotency-key": key }, token });
const entry = { module_id: "m", instance_id: 1 };
const append = (key: string, more: object = {}) => post("/v1/sequence", { ...entry, ...more }, key);
const countOf = async (name: string): Promise<number> => (await server.get(`/v1/module/${name}`)).json.sequence_count;
const isReplay = ({ headers }: Answer) => headers["idempotency-replayed"] === "true";

beforeAll(async () => {
  server = await startTestServer({ ECA_SESSION_LIFETIME: "3650d", ECA_SESSION_IDLE: "3650d" }, { clock });
  await server.post("/v1/ess", { module_id: "m", state: [1, 2], valence: 0 });
});

describe("every create", () => {
  it.each([
    ["/v1/ess", { module_id: "e", state: [1], valence: 0 }],
    ["/v1/sequence", entry],
    ["/v1/embedding", { module_id: "m", input: "warm", hash: "h1" }],
    ["/v1/document", { doc_id: "d", text: "t" }],
    ["/v1/document/ess/m/1", null],
    ["/v1/document/sequence/m/-1", null],
    ["/v1/predictions", { module_id: "m", current_state: 1, store_sequence: true }],
    ["/v1/predictions/raw", { module_id: "m", current_state: 1, store_response: true }],
  ])("%s is carried out once, and answered the same again", async (path, body) => {
    const other = await server.post("/v1/ess", { module_id: "m", state: [1, 3], valence: 0 });
    expect(other.status).toBe(201);
    const key = newKey();
    const first = await post(path, body, key);
    expect(first.status).toBeLessThan(300);
    expect(isReplay(first)).toBe(false);
    now += 1_000_000;
    const again = await post(path, body, key);
    expect(isReplay(again)).toBe(true);
    expect(again.status).toBe(first.status);
    expect(again.text).toBe(first.text);
    expect(again.headers["etag"]).toBe(first.headers["etag"]);
    expect(again.headers["content-type"]).toBe(first.headers["content-type"]);
    // Another key makes another row, which shows that the second call made none; a row has one document.
    const fresh = await post(path, path === "/v1/embedding" ? { ...body, hash: "h2" } : body, newKey());
    expect(isReplay(fresh)).toBe(false);
    const next = /^.v1.document.(ess|sequence)/.test(path) ? 0 : 1;
    expect(fresh.json.id).toBe(first.json.id === undefined ? undefined : first.json.id + next);
  });

  it("is carried out each time without a key", async () => {
    const before = await countOf("m");
    await server.post("/v1/sequence", entry);
    await server.post("/v1/sequence", entry);
    expect(await countOf("m")).toBe(before + 2);
  });
});

describe("a key", () => {
  it("is the same quoted and bare", async () => {
    const bare = await append("a-b.c~d");
    expect(isReplay(await append('"a-b.c~d"'))).toBe(true);
    expect((await append('"a-b.c~d"')).json).toEqual(bare.json);
    await append(String.raw`"a \"quoted\" \\ key"`);
    expect(isReplay(await append(String.raw`"a \"quoted\" \\ key"`))).toBe(true);
  });

  it.each(["k", "k".repeat(255), `"${"k".repeat(255)}"`, "\\", "0"])("may be %s", async (key) => {
    expect((await append(key)).status).toBe(201);
    expect(isReplay(await append(key))).toBe(true);
  });

  it.each(["", '""', '"', "k".repeat(256), "two keys", "a, b", '"a", "b"', '"a"b', String.raw`"a\b"`, "\u00e9"])(
    "may not be %j",
    async (key) => {
      const before = await countOf("m");
      const answer = await append(key);
      expect(answer.status).toBe(400);
      expect(answer.json.errors).toEqual([expect.stringMatching(/^header Idempotency-Key: must/)]);
      expect(await countOf("m")).toBe(before);
    },
  );

  it("belongs to one call: another body, or another row in the path, is refused", async () => {
    const key = newKey();
    const first = await append(key);
    const before = await countOf("m");
    for (const more of [{ status: "e" }, { context: null }]) {
      const answer = await append(key, more);
      expect(answer.status).toBe(422);
      expect(answer.headers["x-error-code"]).toBe("idempotency_mismatch");
      expect(answer.json.errors).toEqual([expect.stringContaining("Idempotency-Key")]);
    }
    // The same JSON in other bytes is another body.
    expect((await post("/v1/sequence", JSON.stringify(entry, null, 2), key)).status).toBe(422);
    expect((await append(key)).json).toEqual(first.json);
    expect(await countOf("m")).toBe(before);
    const told = newKey();
    expect((await post("/v1/document/ess/m/1", null, told)).status).toBe(201);
    expect((await post("/v1/document/ess/m/2", null, told)).status).toBe(422);
  });

  it("belongs to one route and one user", async () => {
    const key = newKey();
    const first = await append(key);
    expect((await post("/v1/document", { doc_id: "d", text: "t" }, key)).status).toBe(201);
    const ada = { username: "ada", password: "ada-password", role: "writer" };
    expect((await server.post("/v1/user", ada)).status).toBe(201);
    const login = await server.post("/v1/login", ada);
    const hers = await post("/v1/sequence", entry, key, login.json.session_id);
    expect(hers.status).toBe(201);
    expect(hers.json.id).toBeGreaterThan(first.json.id);
    // A user's keys are the same in each of their sessions.
    const again = await server.post("/v1/login", ada);
    expect(isReplay(await post("/v1/sequence", entry, key, again.json.session_id))).toBe(true);
  });

  it("is free again when its call was refused", async () => {
    const key = newKey();
    expect((await post("/v1/sequence", { module_id: "later", instance_id: 1 }, key)).status).toBe(404);
    await server.post("/v1/ess", { module_id: "later", state: [1], valence: 0 });
    expect((await post("/v1/sequence", { module_id: "later", instance_id: 1 }, key)).status).toBe(201);
    expect(isReplay(await post("/v1/sequence", { module_id: "later", instance_id: 1 }, key))).toBe(true);
  });

  it("replays a create whose condition would not hold any more", async () => {
    const create = (key: string) =>
      server.call({
        method: "POST",
        path: "/v1/ess",
        body: { module_id: "first", state: [1], valence: 0 },
        headers: { "idempotency-key": key, "if-none-match": "*" },
      });
    const key = newKey();
    const first = await create(key);
    expect(first.status).toBe(201);
    expect((await create(key)).text).toBe(first.text);
    expect((await create(newKey())).status).toBe(412);
  });

  it("outlives a restart, and is forgotten after 24 hours", async () => {
    const key = newKey();
    const first = await append(key);
    await server.restart();
    now += 24 * 3_600_000_000 - 1;
    expect((await append(key)).text).toBe(first.text);
    now += 1;
    const fresh = await append(key);
    expect(isReplay(fresh)).toBe(false);
    expect(fresh.json.id).toBeGreaterThan(first.json.id);
  });

  it("tells nothing to who may not call", async () => {
    const key = newKey();
    await append(key);
    expect((await post("/v1/sequence", entry, key, "ecas_unknown")).status).toBe(401);
  });
});

describe("a key on a call that writes nothing", () => {
  const search = { module_id: "read", state: [1], limit: 9 };

  beforeAll(() => server.post("/v1/ess", { module_id: "read", state: [1], valence: 0 }));

  it("is answered what it was answered first, whatever has come since", async () => {
    const key = newKey();
    const first = await post("/v1/ess/search", search, key);
    expect(first.json).toHaveLength(1);
    expect(first.text).toBe((await server.post("/v1/ess/search", search)).text);
    await server.post("/v1/ess", { module_id: "read", state: [2], valence: 0 });
    const again = await post("/v1/ess/search", search, key);
    expect([isReplay(again), again.text]).toEqual([true, first.text]);
    expect((await post("/v1/ess/search", { ...search, limit: 2 }, key)).status).toBe(422);
    expect((await post("/v1/ess/search", search, newKey())).json).toHaveLength(2);
    expect((await post("/v1/ess/search", { ...search, module_id: "empty" }, newKey())).text).toBe("[]");
  });

  it("is refused where the answer is too large to be kept, and nothing is kept", async () => {
    const { json: limits } = await server.get("/v1/limits");
    const state = Array.from({ length: 8000 }, (_, index) => index + 1 / 3);
    for (let row = 0; row < 20; row++) await server.post("/v1/ess", { module_id: "wide", state, valence: 0 });
    const key = newKey();
    const wide = { module_id: "wide", state, limit: 20 };
    expect((await server.post("/v1/ess/search", wide)).text.length).toBeGreaterThan(limits.kept_reply_bytes);
    const refused = await post("/v1/ess/search", wide, key);
    expect([refused.status, refused.headers["x-error-code"]]).toEqual([400, "invalid_request"]);
    expect(refused.json.errors).toEqual([expect.stringMatching(/Idempotency-Key.*1048576 bytes.*leave the key out/)]);
    // Several pages that fit are kept as one text.
    const narrower = { ...wide, limit: 9 };
    const kept = await post("/v1/ess/search", narrower, key);
    expect(kept.text).toBe((await server.post("/v1/ess/search", narrower)).text);
    expect(isReplay(await post("/v1/ess/search", narrower, key))).toBe(true);
  });

  it("is no header of a GET", async () => {
    const answer = await server.call({ path: "/v1/ess/m/1", headers: { "idempotency-key": "not, a key" } });
    expect(answer.status).toBe(200);
  });
});

describe("duplicates at the same time", () => {
  it("64 of them make one row; the others are told to wait, or get its answer", async () => {
    for (let round = 0; round < 5; round++) {
      const before = await countOf("m");
      const key = newKey();
      const answers = await Promise.all(Array.from({ length: 64 }, () => append(key)));
      expect(await countOf("m")).toBe(before + 1);
      const made = answers.filter((answer) => answer.status === 201);
      expect(made.filter((answer) => !isReplay(answer))).toHaveLength(1);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      const waiting = answers.filter((answer) => answer.status !== 201);
      expect(waiting.map(({ status }) => status)).toEqual(waiting.map(() => 409));
      expect(waiting.every(({ headers }) => headers["x-error-code"] === "idempotency_in_flight")).toBe(true);
      expect(isReplay(await append(key))).toBe(true);
    }
  });

  it("one of them that is cut off does not keep the others waiting", async () => {
    const key = newKey();
    await cutOff(key);
    await vi.waitFor(async () => expect((await append(key)).status).toBe(201));
    expect(isReplay(await append(key))).toBe(true);
  });

  /** Sends an append and hangs up before its answer can come. */
  function cutOff(key: string): Promise<void> {
    const { hostname, port } = new URL(server.url);
    const body = JSON.stringify(entry);
    return new Promise((resolve) => {
      const outgoing = request({
        hostname,
        port,
        method: "POST",
        path: "/v1/sequence",
        agent: false,
        headers: {
          authorization: `Bearer ${server.token}`,
          "content-type": "application/json",
          "content-length": String(body.length),
          "idempotency-key": key,
        },
      });
      outgoing.on("error", () => resolve());
      outgoing.on("close", () => resolve());
      outgoing.end(body, () => setImmediate(() => outgoing.destroy()));
    });
  }
});
