import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const documentKeys = ["created_at", "doc_id", "id", "status", "text", "updated_at"];

let server: TestServer;
/** What the server's clock shows, in microseconds; each look at it moves it on by one. */
let now = Date.parse("2023-05-03T13:05:00Z") * 1000;

beforeAll(async () => {
  server = await startTestServer({}, { clock: () => (now += 1) });
});

const create = (more: object = {}) => server.post("/v1/document", { doc_id: "note", text: "It was warm.", ...more });

/** As the Python SDK calls what takes no body. */
const call = (method: string, path: string) => server.call({ method, path, body: "null" });

const code = (answer: { headers: Readonly<Record<string, unknown>> }) => answer.headers["x-error-code"];

describe("create", () => {
  it("answers 201 with exactly the 6 keys", async () => {
    const answer = await create();
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json).sort()).toEqual(documentKeys);
    expect(answer.json).toMatchObject({ doc_id: "note", text: "It was warm.", status: "stored" });
    expect(answer.json.created_at).toMatch(/^2023-05-03T13:05:00\.\d{6}Z$/);
    expect(answer.json.updated_at).toBe(answer.json.created_at);
    expect((await server.get(`/v1/document/${answer.json.id}`)).json).toEqual(answer.json);
  });

  it.each([
    [{}, "stored"],
    [{ embed: null }, "stored"],
    [{ embed: false }, "stored"],
    [{ embed: true }, "embedded"],
    [{ embed: true, novelty: { deep: [1] } }, "embedded"],
  ])("%j is %s", async (more, status) => {
    const { json } = await create(more);
    expect(json.status).toBe(status);
    expect(Object.keys(json).sort()).toEqual(documentKeys);
  });

  it("counts ids one by one and does not merge equal documents", async () => {
    const first = (await create()).json.id;
    expect((await create()).json.id).toBe(first + 1);
  });

  it.each([
    ["no name", { doc_id: undefined }, /^doc_id/],
    ["a text that is null", { text: null }, /^text/],
    ["embed that is no boolean", { embed: 1 }, /^embed/],
    ["a lone surrogate", { text: "\ud800" }, /^text: must be well-formed/],
  ])("refuses %s and stores nothing", async (_name, more, text) => {
    const before = await server.get("/v1/document");
    const answer = await create(more);
    expect(answer.status).toBe(400);
    expect(answer.json.errors[0]).toMatch(text);
    expect((await server.get("/v1/document")).text).toBe(before.text);
  });
});

describe("create from an ESS or a sequence entry", () => {
  beforeAll(async () => {
    now = Date.parse("2023-05-01T08:00:00Z") * 1000;
    await server.post("/v1/ess", { module_id: "temperature", state: [25.3], valence: 50, context: "window open" });
    await server.post("/v1/embedding", { module_id: "mood", input: "everybody is tired", hash: "h" });
    await server.post("/v1/ess", { module_id: "mood", state: [1, 2], valence: -90, embedding_input: 1 });
    await server.post("/v1/ess", {
      module_id: "room",
      state: [],
      valence: 0,
      aggregate_id: [1, 1],
      aggregate_module_id: ["temperature", "mood"],
    });
    now = Date.parse("2023-05-03T13:05:00Z") * 1000;
    const entry = { module_id: "temperature", instance_id: 1, status: "e", context: "heat wave" };
    for (let count = 0; count < 2; count += 1) await server.post("/v1/sequence", entry);
  });

  it("tells a state, embedded at once", async () => {
    const answer = await call("POST", "/v1/document/ess/temperature/1");
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json).sort()).toEqual(documentKeys);
    expect(answer.json).toMatchObject({ doc_id: "ess/temperature/1", status: "embedded" });
    expect(answer.json.text).toMatch(/^temperature was 25\.3 on Monday, 1 May 2023 at 08:00 UTC \(8:00 am\)\.\n/);
    expect(answer.json.text).toContain("\nValence: 50.\nContext: window open\n");
  });

  it("tells the text behind a state", async () => {
    const { json } = await call("POST", "/v1/document/ess/mood/1");
    expect(json.text).toMatch(/^mood was everybody is tired on Monday/);
  });

  it("tells an aggregate in one phrase a component", async () => {
    const { json } = await call("POST", "/v1/document/ess/room/1");
    expect(json.text.split("\n").slice(0, 3)).toEqual([
      "room on Monday, 1 May 2023 at 08:00 UTC (8:00 am):",
      "temperature was 25.3, valence 50, context window open.",
      "mood was everybody is tired, valence -90.",
    ]);
  });

  it("tells a sequence entry at its own time", async () => {
    const answer = await call("POST", "/v1/document/sequence/temperature/1");
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ doc_id: "sequence/temperature/1", status: "embedded" });
    expect(answer.json.text).toMatch(/^temperature was 25\.3 on Wednesday, 3 May 2023 at 13:05 UTC \(1:05 pm\)\.\n/);
    expect(answer.json.text).toContain("\nContext of the entry: heat wave");
  });

  it("knows the latest entry as -1, and names it by its id", async () => {
    expect((await call("POST", "/v1/document/sequence/temperature/-1")).json.doc_id).toBe("sequence/temperature/2");
  });

  it("follows its row: see document-rows.test.ts", async () => {
    await server.post("/v1/ess", { module_id: "drift", state: [1], valence: 0 });
    const { json } = await call("POST", "/v1/document/ess/drift/1");
    await server.patch("/v1/ess/drift/1", { module_id: "drift", state: [2], valence: 0 });
    const { json: now } = await server.get(`/v1/document/${json.id}`);
    expect(now).toEqual({ ...json, text: json.text.replace("was 1 on", "was 2 on"), updated_at: now.updated_at });
    expect(now.updated_at > json.updated_at).toBe(true);
  });

  it("ignores whatever body comes along", async () => {
    const answer = await server.call({ method: "POST", path: "/v1/document/ess/temperature/1", body: "{broken" });
    expect(answer.status).toBe(201);
  });

  it.each([
    ["/v1/document/ess/nobody/1", "module_not_found"],
    ["/v1/document/ess/temperature/9", "ess_not_found"],
    ["/v1/document/ess/temperature/-1", "ess_not_found"],
    ["/v1/document/sequence/nobody/-1", "module_not_found"],
    ["/v1/document/sequence/temperature/9", "sequence_not_found"],
    ["/v1/document/sequence/mood/-1", "sequence_not_found"],
  ])("%s: 404 %s, nothing is stored", async (path, expected) => {
    const before = await server.get("/v1/document");
    const answer = await call("POST", path);
    expect(answer.status).toBe(404);
    expect(code(answer)).toBe(expected);
    expect((await server.get("/v1/document")).text).toBe(before.text);
  });
});

describe("list", () => {
  it("is whole and by id, and empty on a new server", async () => {
    const fresh = await startTestServer();
    expect((await fresh.get("/v1/document")).text).toBe("[]");
    const post = (index: number) => fresh.post("/v1/document", { doc_id: String(index), text: "x" });
    await Promise.all(Array.from({ length: 701 }, (_, index) => post(index)));
    const { json } = await fresh.get("/v1/document");
    expect(json.map(({ id }: { id: number }) => id)).toEqual(Array.from({ length: 701 }, (_, index) => index + 1));
  });
});

describe("update", () => {
  it("replaces all, keeps created_at and moves updated_at", async () => {
    const { json: before } = await create({ embed: true });
    const path = `/v1/document/${before.id}`;
    const answer = await server.patch(path, { doc_id: "renamed", text: "It was cold.", embed: true });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id: before.id, doc_id: "renamed", text: "It was cold.", status: "embedded" });
    expect(answer.json.created_at).toBe(before.created_at);
    expect(answer.json.updated_at > before.updated_at).toBe(true);
    expect((await server.get(path)).json).toEqual(answer.json);
    const stored = await server.patch(path, { doc_id: "renamed", text: "It was dark." });
    expect(stored.json.status).toBe("stored");
  });

  it("refuses a part of a document, and changes nothing", async () => {
    const { json } = await create();
    expect((await server.patch(`/v1/document/${json.id}`, { text: "other" })).status).toBe(400);
    expect((await server.get(`/v1/document/${json.id}`)).json).toEqual(json);
  });
});

describe("embed", () => {
  it("embeds a stored document, and leaves an embedded one as it is", async () => {
    const { json: before } = await create();
    const answer = await call("PUT", `/v1/document/embed/${before.id}`);
    expect(answer.status).toBe(200);
    const { updated_at } = answer.json;
    expect(answer.json).toEqual({ ...before, status: "embedded", updated_at });
    expect(updated_at > before.updated_at).toBe(true);
    expect((await call("PUT", `/v1/document/embed/${before.id}`)).json).toEqual(answer.json);
    expect((await server.get(`/v1/document/${before.id}`)).json).toEqual(answer.json);
  });
});

describe("delete", () => {
  it("answers the document, and never gives its id again, not even after a restart", async () => {
    const { json: first } = await create();
    const { json: second } = await create({ embed: true });
    const deleted = await call("DELETE", `/v1/document/${second.id}`);
    expect(deleted.status).toBe(200);
    expect(deleted.json).toEqual(second);
    expect((await server.get(`/v1/document/${second.id}`)).status).toBe(404);
    await server.restart();
    expect((await server.get(`/v1/document/${first.id}`)).json).toEqual(first);
    expect((await create()).json.id).toBe(second.id + 1);
  });
});

describe("an unknown document", () => {
  it.each([
    ["GET", "/v1/document/99999", undefined],
    ["GET", "/v1/document/0", undefined],
    ["GET", "/v1/document/-1", undefined],
    ["PATCH", "/v1/document/99999", { doc_id: "x", text: "x" }],
    ["PUT", "/v1/document/embed/99999", undefined],
    ["DELETE", "/v1/document/99999", undefined],
  ])("%s %s: 404", async (method, path, body) => {
    const answer = await server.call({ method, path, ...(body && { body }) });
    expect(answer.status).toBe(404);
    expect(code(answer)).toBe("document_not_found");
    expect(answer.json).toEqual({ errors: [`no document ${path.split("/").at(-1)}`] });
  });

  it("is not a document by a name", async () => {
    expect((await server.get("/v1/document/note")).status).toBe(400);
    expect((await server.call({ method: "POST", path: "/v1/document/1" })).status).toBe(405);
  });
});

describe("pages, tags and conditions", () => {
  it("lists a page where one is asked for", async () => {
    const ids = [(await create()).json.id, (await create()).json.id];
    const page = await server.get("/v1/document?limit=2&order=desc");
    expect(page.json.map(({ id }: { id: number }) => id)).toEqual(ids.toReversed());
    expect(page.headers["link"]).toMatch(/^<\/v1\/document\?.*>; rel="next"$/);
  });

  it("answers 304 while the caller's copy is current", async () => {
    const path = `/v1/document/${(await create()).json.id}`;
    const headers = { "if-none-match": String((await server.get(path)).headers["etag"]) };
    expect((await server.call({ path, headers })).status).toBe(304);
    await server.patch(path, { doc_id: "note", text: "It was cold." });
    expect((await server.call({ path, headers })).status).toBe(200);
  });

  it("writes only to the document that the caller knows", async () => {
    const { json } = await create();
    const path = `/v1/document/${json.id}`;
    const headers = { "if-match": String((await server.get(path)).headers["etag"]) };
    const changed = await server.patch(path, { doc_id: "note", text: "It was cold." });
    for (const late of [
      { method: "PATCH", path, body: { doc_id: "note", text: "It was dark." } },
      { method: "PUT", path: `/v1/document/embed/${json.id}` },
      { method: "DELETE", path },
    ]) {
      const answer = await server.call({ ...late, headers });
      expect(answer.status).toBe(412);
      expect(code(answer)).toBe("precondition_failed");
    }
    expect((await server.get(path)).json).toEqual(changed.json);
  });

  it("carries out a create with the same key once, told from a state or not", async () => {
    await server.post("/v1/ess", { module_id: "keyed", state: [1], valence: 0 });
    for (const { path, body } of [
      { path: "/v1/document", body: { doc_id: "once", text: "x" } },
      { path: "/v1/document/ess/keyed/1", body: "null" },
    ]) {
      const call = () => server.call({ method: "POST", path, body, headers: { "idempotency-key": "once" } });
      const first = await call();
      expect(first.status).toBe(201);
      expect((await call()).json).toEqual(first.json);
      expect((await server.get("/v1/document?limit=1&order=desc")).json).toEqual([first.json]);
    }
  });
});
