import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const embeddingKeys = ["created_at", "hash", "id", "input", "module_id", "updated_at"];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

const create = (module_id: string, hash: string, input = `text of ${hash}`) =>
  server.post("/v1/embedding", { module_id, input, hash });

const code = (answer: { headers: Readonly<Record<string, unknown>> }) => answer.headers["x-error-code"];

describe("create", () => {
  it("answers 201 with exactly the 6 keys", async () => {
    const answer = await create("keys", "h1", "warm and bright");
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json).sort()).toEqual(embeddingKeys);
    expect(answer.json).toMatchObject({ id: 1, module_id: "keys", input: "warm and bright", hash: "h1" });
    expect(answer.json.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(answer.json.updated_at).toBe(answer.json.created_at);
  });

  it("counts ids per module", async () => {
    const ids = [];
    for (const [module_id, hash] of [
      ["a", "1"],
      ["b", "1"],
      ["a", "2"],
      ["a", "3"],
      ["b", "2"],
    ] as const) {
      ids.push((await create(module_id, hash)).json.id);
    }
    expect(ids).toEqual([1, 1, 2, 3, 2]);
  });

  it("ignores unknown fields and never gives them back", async () => {
    const body = { module_id: "unknown", input: "x", hash: "h", vector: [1, 2], id: 77 };
    const answer = await server.post("/v1/embedding", body);
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json).sort()).toEqual(embeddingKeys);
    expect(answer.json.id).toBe(1);
  });

  it("refuses a hash that the module has, in that module alone, and changes nothing", async () => {
    await create("twice", "h");
    const before = await server.get("/v1/module/twice");
    const answer = await create("twice", "h", "another text");
    expect(answer.status).toBe(409);
    expect(code(answer)).toBe("embedding_exists");
    expect(answer.json).toEqual({ errors: ['hash is that of embedding 1; a hash stands once in module "twice"'] });
    expect((await server.get("/v1/module/twice")).text).toBe(before.text);
    expect((await create("thrice", "h")).status).toBe(201);
    expect((await create("twice", "H")).json.id).toBe(2);
  });

  it("lets one of many that store the same hash at once win", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create("race", "h")));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    expect((await server.get("/v1/embedding/race")).json).toHaveLength(1);
  });

  it.each([
    ["no module", { input: "x", hash: "h" }, /^module_id/],
    ["no input", { module_id: "refused", hash: "h" }, /^input/],
    ["an input that is null", { module_id: "refused", input: null, hash: "h" }, /^input/],
    ["an empty hash", { module_id: "refused", input: "x", hash: "" }, /^hash: must not be empty/],
    ["NUL in the input", { module_id: "refused", input: "a\0b", hash: "h" }, /^input: must be well-formed/],
  ])("refuses %s and creates nothing", async (_name, body, text) => {
    const answer = await server.post("/v1/embedding", body);
    expect(answer.status).toBe(400);
    expect(answer.json.errors[0]).toMatch(text);
    expect((await server.get("/v1/module/refused")).status).toBe(404);
  });
});

describe("a module that has embeddings and no state yet", () => {
  it("is there, with shape 0 and empty lists", async () => {
    await create("early", "h");
    expect((await server.get("/v1/module/early")).json).toMatchObject({
      shape: 0,
      ess_count: 0,
      sequence_count: 0,
      embedding_count: 1,
      display_name: null,
      revision: 1,
    });
    expect((await server.get("/v1/ess/early")).text).toBe("[]");
    expect((await server.get("/v1/sequence/early")).text).toBe("[]");
    const found = await server.post("/v1/ess/search", { module_id: "early", state: [1, 2], limit: 3 });
    expect(found.status).toBe(200);
    expect(found.text).toBe("[]");
  });

  it.each([
    ["/v1/ess/early2/1", "ess_not_found"],
    ["/v1/ess/early2/embedding/1", "ess_not_found"],
    ["/v1/ess/early2/pretty/1", "ess_not_found"],
    ["/v1/ess/early2/sequence/-1", "sequence_not_found"],
  ])("%s: 404 %s", async (path, expected) => {
    await create("early2", "h");
    const answer = await server.get(path);
    expect(answer.status).toBe(404);
    expect(code(answer)).toBe(expected);
  });

  it("gets its shape from its first state, and keeps it", async () => {
    await create("late", "h");
    const state = { module_id: "late", valence: 0, embedding_input: 1 };
    expect((await server.post("/v1/ess", { ...state, state: [1, 2] })).json).toMatchObject({ id: 1, state: [1, 2] });
    expect((await server.post("/v1/ess", { ...state, state: [1, 2, 3] })).status).toBe(400);
    expect((await server.get("/v1/module/late")).json).toMatchObject({ shape: 2, ess_count: 1, revision: 2 });
    const found = await server.post("/v1/ess/search", { module_id: "late", state: [1, 2] });
    expect(found.json).toMatchObject([{ score: 0, ess: { id: 1 } }]);
  });

  it("stays open after a state that was refused", async () => {
    await create("still", "h");
    expect((await server.post("/v1/ess", { module_id: "still", state: [1e39], valence: 0 })).status).toBe(400);
    expect((await server.get("/v1/module/still")).json).toMatchObject({ shape: 0, revision: 1 });
    expect((await server.post("/v1/ess", { module_id: "still", state: [1, 2, 3], valence: 0 })).status).toBe(201);
  });

  it("may have an aggregate as its first state, and no part in others before", async () => {
    await create("parts", "h");
    await create("whole", "h");
    const aggregate = { state: [], valence: 0, aggregate_id: [1], aggregate_module_id: ["parts"] };
    const early = await server.post("/v1/ess", { module_id: "whole", ...aggregate });
    expect(early.json).toEqual({ invalid_ess_db_ids: ['aggregate_id[0] is 1, module "parts" has no such ESS'] });
    await server.post("/v1/ess", { module_id: "parts", state: [4, 5], valence: 1 });
    const answer = await server.post("/v1/ess", { module_id: "whole", ...aggregate });
    expect(answer.status).toBe(201);
    expect(answer.json.state).toEqual([4, 5]);
    expect((await server.get("/v1/module/whole")).json.shape).toBe(2);
  });
});

describe("read", () => {
  it("lists a module by id, over many pages", async () => {
    await Promise.all(Array.from({ length: 1203 }, (_, index) => create("many", `h${index}`)));
    const { json } = await server.get("/v1/embedding/many");
    expect(json.map(({ id }: { id: number }) => id)).toEqual(Array.from({ length: 1203 }, (_, index) => index + 1));
    expect(Object.keys(json[1202]).sort()).toEqual(embeddingKeys);
  });

  it("answers one, as it was created", async () => {
    const { json } = await create("one", "h");
    const answer = await server.get("/v1/embedding/one/1");
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(json);
  });

  it("answers an empty list for a module that has states alone", async () => {
    await server.post("/v1/ess", { module_id: "stateful", state: [1], valence: 0 });
    expect((await server.get("/v1/embedding/stateful")).text).toBe("[]");
  });

  it.each(["/v1/embedding/nobody", "/v1/embedding/nobody/1", "/v1/embedding/nobody/hash?hash=h"])(
    "%s: 404, the module is unknown",
    async (path) => {
      const answer = await server.get(path);
      expect(answer.status).toBe(404);
      expect(code(answer)).toBe("module_not_found");
    },
  );

  it.each([0, 999, -1])("has no row %d", async (id) => {
    await create("rows", `h${id}`);
    const answer = await server.get(`/v1/embedding/rows/${id}`);
    expect(answer.status).toBe(404);
    expect(code(answer)).toBe("embedding_not_found");
    expect(answer.json).toEqual({ errors: [`module "rows" has no embedding ${id}`] });
  });
});

describe("read by hash", () => {
  /** Base64 has all the characters that mean something else in a query. */
  const hash = "q+/8Zs==";
  const path = "/v1/embedding/hashed/hash";

  beforeAll(async () => {
    await create("hashed", "other");
    await create("hashed", hash);
  });

  it("takes it from a JSON body, as the Python SDK sends it", async () => {
    const answer = await server.call({ path, body: { hash } });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id: 2, hash });
  });

  it("takes it from the query", async () => {
    const answer = await server.get(`${path}?hash=${encodeURIComponent(hash)}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id: 2, hash });
  });

  it("takes it from the query where both have it", async () => {
    expect((await server.call({ path: `${path}?hash=other`, body: { hash } })).json.id).toBe(1);
    expect((await server.call({ path: `${path}?hash=other`, body: { hash: 5, more: [] } })).json.id).toBe(1);
  });

  it("ignores the body null, and unknown fields of another", async () => {
    expect((await server.call({ path: `${path}?hash=other`, body: "null" })).json.id).toBe(1);
    expect((await server.call({ path, body: { hash: "other", novelty: 1 } })).json.id).toBe(1);
  });

  it("answers 404 where no row has it", async () => {
    const answer = await server.call({ path, body: { hash: "nobody's" } });
    expect(answer.status).toBe(404);
    expect(code(answer)).toBe("embedding_not_found");
  });

  it.each([
    ["no hash at all", undefined, "invalid_request"],
    ["the body null alone", "null", "invalid_request"],
    ["an empty hash", { hash: "" }, "invalid_request"],
    ["a hash that is null", { hash: null }, "invalid_request"],
    ["a hash that is no text", { hash: 5 }, "invalid_request"],
    ["a list", ["h"], "invalid_request"],
    ["a text", '"h"', "invalid_request"],
    ["malformed JSON", '{"hash": ', "invalid_json"],
    ["NaN", '{"hash": NaN}', "invalid_json"],
  ])("refuses %s", async (_name, body, expected) => {
    const answer = await server.call({ path, ...(body !== undefined && { body }) });
    expect(answer.status).toBe(400);
    expect(code(answer)).toBe(expected);
    expect(Object.keys(answer.json)).toEqual(["errors"]);
  });

  it("refuses a body of another type", async () => {
    const answer = await server.call({ path, body: "hash=h", headers: { "content-type": "text/plain" } });
    expect(answer.status).toBe(415);
  });

  it("finds a hash beside one that differs by normalization alone", async () => {
    await create("accents", "\u00e9");
    await create("accents", "e\u0301");
    const ids = [];
    for (const each of ["\u00e9", "e\u0301"]) {
      ids.push((await server.call({ path: "/v1/embedding/accents/hash", body: { hash: each } })).json.id);
    }
    expect(ids).toEqual([1, 2]);
  });
});

describe("update", () => {
  it("replaces text and hash, keeps created_at and moves updated_at", async () => {
    const { json: before } = await create("patched", "old");
    const body = { module_id: "patched", input: "new text", hash: "new" };
    const answer = await server.patch("/v1/embedding/patched/1", body);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json).sort()).toEqual(embeddingKeys);
    expect(answer.json).toMatchObject({ id: 1, ...body, created_at: before.created_at });
    expect(answer.json.updated_at > before.updated_at).toBe(true);
    expect((await server.get("/v1/embedding/patched/hash?hash=old")).status).toBe(404);
    expect((await server.get("/v1/embedding/patched/hash?hash=new")).json).toEqual(answer.json);
    expect((await create("patched", "old")).json.id).toBe(2);
  });

  it("lets a row keep its own hash", async () => {
    await create("kept", "h");
    const answer = await server.patch("/v1/embedding/kept/1", { module_id: "kept", input: "new text", hash: "h" });
    expect(answer.status).toBe(200);
    expect(answer.json.input).toBe("new text");
  });

  it.each([
    ["the hash of another row", "fixed", 1, { module_id: "fixed", input: "x", hash: "h2" }, 409, "embedding_exists"],
    ["another module", "fixed", 1, { module_id: "other", input: "x", hash: "x" }, 400, "invalid_request"],
    ["a part of a row", "fixed", 1, { module_id: "fixed", input: "x" }, 400, "invalid_request"],
    ["no such row", "fixed", 9, { module_id: "fixed", input: "x", hash: "h2" }, 404, "embedding_not_found"],
    ["no such module", "none", 1, { module_id: "none", input: "x", hash: "x" }, 404, "module_not_found"],
  ])("%s: refused, nothing changes", async (_name, module, id, body, status, expected) => {
    if ((await server.get("/v1/module/fixed")).status === 404) {
      for (const hash of ["h1", "h2"]) await create("fixed", hash);
    }
    const before = await server.get("/v1/embedding/fixed");
    const answer = await server.patch(`/v1/embedding/${module}/${id}`, body);
    expect(answer.status).toBe(status);
    expect(code(answer)).toBe(expected);
    expect((await server.get("/v1/embedding/fixed")).text).toBe(before.text);
    expect((await server.get("/v1/module/fixed")).json.revision).toBe(2);
  });
});

describe("delete", () => {
  it("answers the row, and never gives its id again, not even after a restart", async () => {
    for (const hash of ["h1", "h2", "h3"]) await create("gone", hash);
    const { json: third } = await server.get("/v1/embedding/gone/3");
    const deleted = await server.call({ method: "DELETE", path: "/v1/embedding/gone/3", body: "null" });
    expect(deleted.status).toBe(200);
    expect(deleted.json).toEqual(third);
    expect((await server.get("/v1/embedding/gone/3")).status).toBe(404);
    expect(code(await server.delete("/v1/embedding/gone/3"))).toBe("embedding_not_found");
    expect((await create("gone", "h3")).json.id).toBe(4);
    await server.delete("/v1/embedding/gone/4");
    await server.restart();
    expect((await create("gone", "h3")).json.id).toBe(5);
    const { json } = await server.get("/v1/embedding/gone");
    expect(json.map(({ id }: { id: number }) => id)).toEqual([1, 2, 5]);
    expect((await server.get("/v1/module/gone")).json).toMatchObject({ embedding_count: 3, revision: 7 });
  });

  it("refuses an unknown module", async () => {
    expect(code(await server.delete("/v1/embedding/nobody/1"))).toBe("module_not_found");
  });
});

describe("pages, tags and conditions", () => {
  beforeAll(async () => {
    for (const hash of ["h1", "h2", "h3"]) await create("tagged", hash);
  });

  const one = (headers: Record<string, string>, more: { method?: string; body?: unknown } = {}) =>
    server.call({ path: "/v1/embedding/tagged/1", headers, ...more });

  it("lists a page where one is asked for", async () => {
    const page = await server.get("/v1/embedding/tagged?limit=2&order=desc");
    expect(page.json.map(({ id }: { id: number }) => id)).toEqual([3, 2]);
    const next = /^<(.*)>; rel="next"$/.exec(String(page.headers["link"]))?.[1] ?? "";
    expect((await server.get(next)).json).toMatchObject([{ id: 1 }]);
  });

  it("answers 304 while the caller's copy is current, by id, by hash and of the list", async () => {
    for (const path of ["/v1/embedding/tagged/1", "/v1/embedding/tagged/hash?hash=h1", "/v1/embedding/tagged"]) {
      const { headers } = await server.get(path);
      const again = await server.call({ path, headers: { "if-none-match": String(headers["etag"]) } });
      expect(again.status).toBe(304);
      expect(again.text).toBe("");
    }
    expect((await one({ "if-none-match": '"0"' })).status).toBe(200);
  });

  it("writes only to the row that the caller knows", async () => {
    const etag = String((await server.get("/v1/embedding/tagged/1")).headers["etag"]);
    const body = { module_id: "tagged", input: "newer", hash: "h1" };
    expect((await one({ "if-match": etag }, { method: "PATCH", body })).status).toBe(200);
    for (const late of [{ method: "PATCH", body }, { method: "DELETE" }]) {
      const answer = await one({ "if-match": etag }, late);
      expect(answer.status).toBe(412);
      expect(code(answer)).toBe("precondition_failed");
    }
    expect((await server.get("/v1/embedding/tagged/1")).json.input).toBe("newer");
  });

  it("carries out a create with the same key once", async () => {
    const create = () =>
      server.call({
        method: "POST",
        path: "/v1/embedding",
        body: { module_id: "keyed", input: "x", hash: "h" },
        headers: { "idempotency-key": "one" },
      });
    const first = await create();
    expect(first.status).toBe(201);
    const second = await create();
    expect(second.status).toBe(201);
    expect(second.json).toEqual(first.json);
    expect((await server.get("/v1/embedding/keyed")).json).toHaveLength(1);
  });
});
