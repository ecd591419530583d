import { DisplayString, parseList } from "structured-headers";
import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ECA_CORS_ORIGINS: "https://console.example.org" });
  await server.post("/v1/ess", { module_id: "ac", state: [1], valence: 1 });
  await server.post("/v1/embedding", { module_id: "ac", input: "one", hash: "h" });
});

const entry = { module_id: "ac", instance_id: 1 };

/** The names in the header, as a parser of structured fields reads them, each with what it is similar to. */
function ignoredBy({ headers }: Answer): unknown {
  const header = headers["ignored-fields"];
  if (header === undefined) return undefined;
  return parseList(String(header)).map(([name, parameters]) => {
    const similar = (parameters as Map<string, unknown>).get("did-you-mean");
    const text = name instanceof DisplayString ? name.toString() : name;
    return similar === undefined ? text : [text, similar];
  });
}

describe("unknown fields of a body", () => {
  it("are named in Ignored-Fields, and nowhere in the body", async () => {
    const answer = await server.post("/v1/sequence", { ...entry, novelty: { deep: [1] }, colour: "red" });
    expect(answer.status).toBe(201);
    expect(answer.headers["ignored-fields"]).toBe('"novelty", "colour"');
    expect(answer.text).not.toMatch(/novelty|colour/);
    const plain = await server.post("/v1/sequence", entry);
    expect(Object.keys(plain.json)).toEqual(Object.keys(answer.json));
    expect(plain.headers).not.toHaveProperty("ignored-fields");
  });

  it("are named on every route that takes a body", async () => {
    const ess = { module_id: "ac", state: [1], valence: 1 };
    const document = { doc_id: "d", text: "t" };
    const embedding = { module_id: "ac", input: "i", hash: "h2" };
    for (const [method, path, body] of [
      ["POST", "/v1/ess", ess],
      ["PATCH", "/v1/ess/ac/1", ess],
      ["POST", "/v1/ess/search", { module_id: "ac", state: [1] }],
      ["POST", "/v1/sequence", entry],
      ["PATCH", "/v1/sequence/ac/1", entry],
      ["POST", "/v1/predictions", { module_id: "ac" }],
      ["POST", "/v1/predictions/raw", { module_id: "ac" }],
      ["POST", "/v1/document", document],
      ["PATCH", "/v1/document/1", document],
      ["POST", "/v1/embedding", embedding],
      ["PATCH", "/v1/embedding/ac/1", { ...embedding, hash: "h" }],
      ["POST", "/v1/retrieval", { query: "what?" }],
      ["POST", "/v1/user", { username: "ada", role: "reader", password: "a long passphrase" }],
      ["POST", "/v1/key", { name: "k", role: "reader" }],
      ["POST", "/v1/login", { username: "admin", password: "test-password" }],
      // A body that is read as a query.
      ["GET", "/v1/embedding/ac/hash", { hash: "h" }],
    ] as const) {
      const answer = await server.call({ method, path, body: { ...body, whatever: 1 } });
      expect([method, path, answer.status, ignoredBy(answer)]).toEqual([method, path, answer.status, ["whatever"]]);
      expect(answer.status).toBeLessThan(300);
    }
  });

  it("are named on a refusal, and on the same reply again, too", async () => {
    const refused = await server.post("/v1/sequence", { module_id: "ac", instance_id: 99, colour: 1 });
    expect([refused.status, ignoredBy(refused)]).toEqual([404, ["colour"]]);
    const call = { method: "POST", path: "/v1/sequence", body: { ...entry, colour: 1 } };
    const keyed = { ...call, headers: { "idempotency-key": "k" } };
    const [first, again] = [await server.call(keyed), await server.call(keyed)];
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.headers["ignored-fields"]).toBe(first.headers["ignored-fields"]);
    expect(ignoredBy(again)).toEqual(["colour"]);
  });

  it("come with the field that they are close to", async () => {
    const answer = await server.post("/v1/sequence", { ...entry, statuss: "e", Context: "c", novelty: 1 });
    expect(answer.headers["ignored-fields"]).toBe(
      '"statuss";did-you-mean="status", "Context";did-you-mean="context", "novelty"',
    );
    expect(answer.json).toMatchObject({ status: "n", context: null });
  });

  it("may have any characters, and never break the header", async () => {
    const names = [
      'a"b',
      "a\\b",
      "a\r\nset-cookie: x=1",
      "ß→日",
      "\0\x7f\x9f",
      "",
      " ",
      "%22",
      "__proto__",
      "constructor",
      "😀",
    ];
    for (const name of names) {
      const shown = name.replaceAll(/\p{Cc}/gu, "\ufffd");
      const body = `{"module_id":"ac","instance_id":1,${JSON.stringify(name)}:1}`;
      const answer = await server.call({ method: "POST", path: "/v1/sequence", body });
      expect([name, answer.status, ignoredBy(answer)]).toEqual([name, 201, [shown]]);
      expect(answer.headers).not.toHaveProperty("set-cookie");
    }
    const surrogate = await server.call({
      method: "POST",
      path: "/v1/sequence",
      body: '{"module_id":"ac","instance_id":1,"\\ud800":1}',
    });
    expect([surrogate.status, ignoredBy(surrogate)]).toEqual([201, ["\ufffd"]]);
  });

  it("are as many as fit into a short header", async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field ${index}`, index]));
    const answer = await server.post("/v1/sequence", {
      ...entry,
      ["x".repeat(50_000)]: 1,
      ["日".repeat(50_000)]: 2,
      ...many,
    });
    expect(answer.status).toBe(201);
    const header = String(answer.headers["ignored-fields"]);
    expect(header.length).toBeLessThan(1500);
    expect(header).toMatch(/^"x{63}\.\.\.", .*"field 1"/);
    expect(header).toMatch(/;and-more$/);
  });

  it("can be read by pages of other origins", async () => {
    const headers = { origin: "https://console.example.org" };
    const answer = await server.call({ method: "POST", path: "/v1/sequence", body: { ...entry, x: 1 }, headers });
    expect(answer.headers["access-control-expose-headers"]).toContain("Ignored-Fields");
  });

  it.each(["null", "[]", '"x"', "1", "{"])("of the body %s there are none", async (body) => {
    const answer = await server.call({ method: "POST", path: "/v1/sequence", body });
    expect([answer.status, answer.headers["ignored-fields"]]).toEqual([400, undefined]);
  });
});

describe("a required field that is missing", () => {
  it.each([
    ["/v1/sequence", { moduleId: "ac", instance_id: 1 }, "module_id", "moduleId"],
    ["/v1/sequence", { module_id: "ac", instanceId: 1 }, "instance_id", "instanceId"],
    ["/v1/ess", { module_id: "ac", State: [1], valence: 1 }, "state", "State"],
    ["/v1/ess", { module_id: "ac", state: [1], valance: 1 }, "valence", "valance"],
    ["/v1/document", { doc_id: "d", txt: "t" }, "text", "txt"],
    ["/v1/embedding/ac/hash", { Hash: "h" }, "hash", "Hash"],
  ])("of %s is asked for by the name that it may have been sent under: %j", async (path, body, field, sent) => {
    const answer = await server.call({ method: path.endsWith("hash") ? "GET" : "POST", path, body });
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([
      expect.stringMatching(new RegExp(`${field}: .*; there is "${sent}": did you mean ${field}\\?$`)),
    ]);
  });

  it("is asked for in problem details too", async () => {
    const call = { method: "POST", path: "/v1/sequence", body: { moduleId: "ac", instance_id: 1 } };
    const { json } = await server.call({ ...call, headers: { accept: "application/problem+json" } });
    expect(json.errors).toEqual([
      { detail: expect.stringContaining("did you mean module_id?"), pointer: "#/module_id" },
    ]);
  });

  it("is not asked for by a name that has nothing to do with it", async () => {
    const answer = await server.post("/v1/sequence", { twin: "ac", instance_id: 1 });
    expect(answer.json.errors).toEqual(["module_id: is missing; must be a string"]);
  });

  it("a field that is there and wrong is not taken for missing", async () => {
    const answer = await server.post("/v1/sequence", { module_id: 5, moduleId: "ac", instance_id: 1 });
    expect(answer.json.errors).toEqual(["module_id: must be a string, not a number"]);
  });
});

describe("a query parameter that a list does not know", () => {
  it.each([
    ["limt=5", "query parameter limt: is none of this path; did you mean limit?"],
    ["Order=asc", "query parameter Order: is none of this path; did you mean order?"],
    ["size=5", "query parameter size: is none of this path"],
  ])("%s", async (query, text) => {
    expect((await server.get(`/v1/sequence/ac?${query}`)).json.errors).toEqual([text]);
  });
});
