import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await module("m");
});

/** A module with two states, an embedding, two sequence entries and an aggregate over it. */
async function module(name: string): Promise<void> {
  await server.post("/v1/embedding", { module_id: name, input: "cold", hash: "h" });
  for (const value of [1, 2]) {
    await server.post("/v1/ess", { module_id: name, state: [value], valence: 0, embedding_input: 1 });
    await server.post("/v1/sequence", { module_id: name, instance_id: value });
  }
  const first = { aggregate_id: [1], aggregate_module_id: [name], state: [], valence: 0 };
  await server.post("/v1/ess", { module_id: `sum of ${name}`, ...first });
}

const call = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
  server.call({ method, path, headers, body });
const tagOf = async (path: string): Promise<string> => String((await server.get(path)).headers["etag"]);
const state = { module_id: "m", state: [5], valence: 1 };
const revisionOf = async (name: string): Promise<number> => (await server.get(`/v1/module/${name}`)).json.revision;

describe("ETag", () => {
  it("is the revision of the row's last write, on its answers of every kind", async () => {
    const created = await server.post("/v1/ess", { ...state, module_id: "tags" });
    expect(created.headers["etag"]).toBe('"1"');
    const entry = await server.post("/v1/sequence", { module_id: "tags", instance_id: 1 });
    expect(entry.headers["etag"]).toBe('"2"');
    const changed = await server.patch("/v1/ess/tags/1", { ...state, module_id: "tags" });
    expect(changed.headers["etag"]).toBe('"3"');
    expect(await tagOf("/v1/ess/tags/1")).toBe('"3"');
    expect((await call("PUT", "/v1/ess/tags/upsert/1", {})).headers["etag"]).toBe('"3"');
    expect(await tagOf("/v1/ess/tags/sequence/-1")).toBe('"3"');
    expect(await tagOf("/v1/sequence/tags/1")).toBe('"2"');
    expect(await tagOf("/v1/sequence/tags/-1")).toBe('"2"');
    expect(await tagOf("/v1/module/tags")).toBe('"3"');
  });

  it("is weak and the module's own on its lists", async () => {
    const revision = await revisionOf("m");
    for (const path of ["/v1/ess/m", "/v1/ess/m/sequence", "/v1/sequence/m", "/v1/embedding/m", "/v1/ess/m?limit=1"]) {
      expect(await tagOf(path)).toBe(`W/"${revision}"`);
    }
    expect(await tagOf("/v1/ess/m/aggregate/sum%20of%20m/1")).toBe('W/"1"');
  });

  it.each(["/v1/ess/m/pretty/1", "/v1/module", "/v1/document"])(
    "is not on %s, which no one revision tells of",
    async (path) => {
      expect((await server.get(path)).headers).not.toHaveProperty("etag");
    },
  );
});

describe("If-None-Match on a read", () => {
  const reads = [
    "/v1/ess/m/1",
    "/v1/ess/m/sequence/1",
    "/v1/ess/m/embedding/1",
    "/v1/sequence/m/1",
    "/v1/embedding/m/1",
    "/v1/embedding/m/hash?hash=h",
    "/v1/module/m",
    "/v1/ess/m",
    "/v1/ess/m/sequence",
    "/v1/ess/m/aggregate/sum%20of%20m/1",
    "/v1/sequence/m",
    "/v1/sequence/m?limit=1&status=n",
    "/v1/embedding/m",
  ];

  it.each(reads)("%s: 304 without a body while current, the answer otherwise", async (path) => {
    const whole = await server.get(path);
    const tag = String(whole.headers["etag"]);
    for (const header of [tag, `"0", ${tag}`, "*", tag.replace(/^W\//, "")]) {
      const answer = await call("GET", path, { "if-none-match": header });
      expect(answer.status).toBe(304);
      expect(answer.text).toBe("");
      expect(answer.headers["etag"]).toBe(tag);
      expect(answer.headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
      expect(answer.headers["x-request-id"]).toBeDefined();
    }
    const other = await call("GET", path, { "if-none-match": '"0"' });
    expect(other.status).toBe(200);
    expect(other.text).toBe(whole.text);
    expect((await call("HEAD", path, { "if-none-match": tag })).status).toBe(304);
  });

  it("notices every write, to rows and to lists", async () => {
    await module("noticed");
    const list = await tagOf("/v1/sequence/noticed");
    const row = await tagOf("/v1/sequence/noticed/1");
    await server.patch("/v1/sequence/noticed/2", { module_id: "noticed", instance_id: 1 });
    expect((await call("GET", "/v1/sequence/noticed", { "if-none-match": list })).status).toBe(200);
    expect((await call("GET", "/v1/sequence/noticed/1", { "if-none-match": row })).status).toBe(304);
    await server.patch("/v1/sequence/noticed/1", { module_id: "noticed", instance_id: 2 });
    expect((await call("GET", "/v1/sequence/noticed/1", { "if-none-match": row })).status).toBe(200);
  });

  it.each(["12", '"12', '"a b"', "W/*", '"1" "2"', ""])("refuses the header %j", async (header) => {
    const answer = await call("GET", "/v1/ess/m/1", { "if-none-match": header });
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([expect.stringMatching(/^header If-None-Match: must be \* or entity tags/)]);
  });

  it("does not hide that a row is not there, nor who asks", async () => {
    expect((await call("GET", "/v1/ess/m/99", { "if-none-match": "*" })).status).toBe(404);
    const answer = await server.call({ path: "/v1/ess/m/1", headers: { "if-none-match": "*" }, token: null });
    expect(answer.status).toBe(401);
  });
});

describe("If-Match on a write", () => {
  const writes: [method: string, path: string, body: object | undefined][] = [
    ["PATCH", "/v1/ess/w/1", { ...state, module_id: "w" }],
    ["PATCH", "/v1/sequence/w/1", { module_id: "w", instance_id: 2 }],
    ["DELETE", "/v1/sequence/w/2", undefined],
    ["PATCH", "/v1/embedding/w/1", { module_id: "w", input: "warm", hash: "other" }],
    ["DELETE", "/v1/embedding/w/1", undefined],
  ];

  beforeAll(() => module("w"));

  it.each(writes)("%s %s: 412 and nothing changed unless it names the row's ETag", async (method, path, body) => {
    const before = await server.get(path);
    const tag = String(before.headers["etag"]);
    const revision = await revisionOf("w");
    for (const header of ['"0"', `W/${tag}`, '"0", "999999"']) {
      const refused = await call(method, path, { "if-match": header }, body);
      expect(refused.status).toBe(412);
      expect(refused.headers["x-error-code"]).toBe("precondition_failed");
      expect(refused.json.errors).toEqual([expect.stringContaining(`its ETag is now ${tag}`)]);
    }
    expect(await revisionOf("w")).toBe(revision);
    expect((await server.get(path)).text).toBe(before.text);
    expect((await call(method, path, { "if-match": `"0", ${tag}` }, body)).status).toBe(200);
    expect(await revisionOf("w")).toBe(revision + 1);
  });

  it("tells of a missing row before it looks at the condition", async () => {
    expect((await call("PATCH", "/v1/ess/m/99", { "if-match": '"1"' }, state)).status).toBe(404);
    expect((await call("DELETE", "/v1/sequence/m/99", { "if-match": "*" })).status).toBe(404);
  });

  it("takes * for any row that is there", async () => {
    expect((await call("PATCH", "/v1/ess/m/2", { "if-match": "*" }, state)).status).toBe(200);
  });

  it("lets one of many writers through who have all seen the same row", async () => {
    await module("raced");
    const tag = await tagOf("/v1/sequence/raced/1");
    const body = { module_id: "raced", instance_id: 1 };
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, index) =>
        call("PATCH", "/v1/sequence/raced/1", { "if-match": tag }, { ...body, status: `s${index}` }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 31 }, () => 412)]);
    const winner = answers.find(({ status }) => status === 200)!;
    expect((await server.get("/v1/sequence/raced/1")).json).toEqual(winner.json);
  });
});

describe("If-None-Match: * on a create", () => {
  const first = { "if-none-match": "*" };

  it("lets the first state of a module through, and no other", async () => {
    const create = (name: string) => call("POST", "/v1/ess", first, { ...state, module_id: name });
    const answers = await Promise.all(Array.from({ length: 16 }, () => create("founded")));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 15 }, () => 412)]);
    expect((await server.get("/v1/ess/founded")).json).toHaveLength(1);
    const refused = await create("founded");
    expect(refused.json.errors).toEqual(['header If-None-Match: module "founded" has states already']);
    await server.post("/v1/embedding", { module_id: "told", input: "x", hash: "x" });
    expect((await create("told")).status).toBe(201);
  });

  it("lets the first entry of an empty log through, and no other", async () => {
    await server.post("/v1/ess", { ...state, module_id: "silent" });
    const append = () => call("POST", "/v1/sequence", first, { module_id: "silent", instance_id: 1 });
    expect((await append()).status).toBe(201);
    expect((await append()).status).toBe(412);
    await server.delete("/v1/sequence/silent/1");
    expect((await append()).json.id).toBe(2);
  });

  it("refuses anything but the star", async () => {
    const answer = await call("POST", "/v1/ess", { "if-none-match": '"1"' }, state);
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual(["header If-None-Match: must be * on a create"]);
  });
});

describe("a condition that a write would not check", () => {
  it.each([
    ["POST", "/v1/ess", { "if-match": "*" }, state],
    ["PATCH", "/v1/ess/m/1", { "if-none-match": "*" }, state],
    ["PUT", "/v1/ess/m/upsert/1", { "if-match": '"1"' }, undefined],
    ["POST", "/v1/ess/search", { "if-match": '"1"' }, { module_id: "m", state: [1] }],
  ])("%s %s with %j is refused", async (method, path, headers, body) => {
    const answer = await call(method, path, headers, body);
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([expect.stringContaining("is not checked on this call; leave it out")]);
  });
});
