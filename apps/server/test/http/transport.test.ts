import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ECA_BODY_LIMIT: "64KiB" });
  await server.post("/v1/ess", { module_id: "ac", state: [25.3], valence: 10 });
  await server.post("/v1/ess", { module_id: "air quality/1", state: [90], valence: -90 });
  await server.post("/v1/sequence", { module_id: "ac", instance_id: 1 });
});

describe("bodies as the Python SDK sends them", () => {
  it.each([
    ["GET", "/v1/ess/ac"],
    ["GET", "/v1/ess/ac/1"],
    ["GET", "/v1/ess/ac/sequence"],
    ["GET", "/v1/ess/ac/pretty/1"],
    ["GET", "/v1/sequence/ac"],
    ["GET", "/v1/sequence/ac/-1"],
    ["PUT", "/v1/ess/ac/upsert/1"],
    ["GET", "/v1/session"],
  ])("%s %s ignores the body null", async (method, path) => {
    const answer = await server.call({ method, path, body: "null" });
    expect(answer.status).toBe(200);
  });

  it("ignores the body null of a DELETE and answers 200 with JSON", async () => {
    const { json } = await server.post("/v1/sequence", { module_id: "ac", instance_id: 1 });
    const answer = await server.call({ method: "DELETE", path: `/v1/sequence/ac/${json.id}`, body: "null" });
    expect(answer.status).toBe(200);
    expect(answer.json.id).toBe(json.id);
  });

  it("ignores the body null of a body-less POST", async () => {
    const login = await server.post("/v1/login", { username: "admin", password: "test-password" });
    const answer = await server.call({
      method: "POST",
      path: "/v1/logout",
      body: "null",
      token: login.json.session_id,
    });
    expect(answer.status).toBe(200);
  });

  it.each(["{not json", "NaN", "\u0000"])("ignores the body %j of a GET, whatever it is", async (body) => {
    expect((await server.call({ path: "/v1/ess/ac/1", body })).status).toBe(200);
  });

  it.each(["NaN", "Infinity", "-Infinity"])("refuses the bare token %s", async (token) => {
    const answer = await server.call({
      method: "POST",
      path: "/v1/ess",
      body: `{"module_id": "ac", "state": [${token}], "valence": 1}`,
    });
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([expect.stringContaining("JSON has no NaN and no Infinity")]);
    expect(answer.headers["x-error-code"]).toBe("invalid_json");
  });

  it("takes whole numbers for floats", async () => {
    const answer = await server.post("/v1/ess", { module_id: "ac", state: [11], valence: 5 });
    expect(answer.status).toBe(201);
    expect(answer.json.state).toEqual([11]);
  });

  it("takes explicit nulls for what may be left out", async () => {
    const answer = await server.post("/v1/ess", {
      module_id: "ac",
      state: [12],
      valence: 5,
      avg_ess_valence: null,
      total_ess_score: null,
      avg_ess_score: null,
      score: null,
      embedding_input: null,
      aggregate_id: null,
      aggregate_valence: null,
      aggregate_score: null,
      aggregate_module_id: null,
      aggregate_shape: null,
      aggregate_context: null,
      aggregate_emb_inp: null,
      context: null,
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ score: 0, avg_ess_valence: 0, aggregate_id: [], context: null });
  });

  it("ignores unknown fields and never gives them back", async () => {
    const answer = await server.post("/v1/sequence", { module_id: "ac", instance_id: 1, novelty: { deep: [1] } });
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json).sort()).toEqual([
      "context",
      "created_at",
      "id",
      "instance_id",
      "module_id",
      "status",
      "updated_at",
    ]);
  });

  it("decodes path parameters", async () => {
    const answer = await server.get("/v1/ess/air%20quality%2F1/1");
    expect(answer.json.module_id).toBe("air quality/1");
  });

  it.each(["application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"])(
    "takes the content type %s",
    async (type) => {
      const body = { module_id: "ac", instance_id: 1 };
      const call = { method: "POST", path: "/v1/sequence", body, headers: { "content-type": type } };
      expect((await server.call(call)).status).toBe(201);
    },
  );
});

describe("refusals", () => {
  const sequence = { method: "POST", path: "/v1/sequence" };

  it.each([
    ["no route", { path: "/v1/nowhere" }, 404, "route_not_found"],
    ["no route outside /v1", { path: "/" }, 404, "route_not_found"],
    ["another case", { path: "/v1/ESS/ac" }, 404, "route_not_found"],
    ["unknown module", { path: "/v1/sequence/nobody" }, 404, "module_not_found"],
    ["wrong method", { method: "DELETE", path: "/v1/ess/ac/1" }, 405, "method_not_allowed"],
    ["no token", { path: "/v1/ess/ac", token: null }, 401, "unauthenticated"],
    ["unknown token", { path: "/v1/ess/ac", token: "ecas_unknown" }, 401, "unauthenticated"],
    [
      "other scheme",
      { path: "/v1/ess/ac", token: null, headers: { authorization: "Basic eDp5" } },
      401,
      "unauthenticated",
    ],
    ["an id that is no number", { path: "/v1/ess/ac/one" }, 400, "invalid_request"],
    ["an id beyond 2^53", { path: "/v1/ess/ac/9007199254740993" }, 400, "invalid_request"],
    ["malformed escape", { path: "/v1/ess/%zz" }, 400, "invalid_request"],
    ["NUL in a module id", { path: "/v1/ess/a%00b" }, 400, "invalid_request"],
    ["no body", { ...sequence }, 400, "invalid_request"],
    ["the body null", { ...sequence, body: "null" }, 400, "invalid_request"],
    ["an array", { ...sequence, body: [] }, 400, "invalid_request"],
    ["broken JSON", { ...sequence, body: '{"module_id": ' }, 400, "invalid_json"],
    [
      "wrong type",
      { ...sequence, body: "x=1", headers: { "content-type": "text/plain" } },
      415,
      "unsupported_media_type",
    ],
    [
      "other charset",
      { ...sequence, body: "{}", headers: { "content-type": "application/json; charset=latin1" } },
      415,
      "unsupported_media_type",
    ],
    ["compressed", { ...sequence, body: "{}", headers: { "content-encoding": "gzip" } }, 415, "unsupported_media_type"],
    ["too large", { ...sequence, body: { x: "x".repeat(70_000) } }, 413, "payload_too_large"],
    ["headers too large", { path: "/v1/ess/ac", headers: { "x-big": "x".repeat(20_000) } }, 431, "headers_too_large"],
  ])("%s: answers in the error shape", async (_name, call, status, code) => {
    const answer = await server.call(call);
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.json)).toEqual(["errors"]);
    expect(answer.json.errors).toSatisfy(
      (errors: unknown[]) => errors.length > 0 && errors.every((e) => typeof e === "string"),
    );
    expect(answer.headers["x-error-code"]).toBe(code);
    expect(answer.headers["x-request-id"]).toMatch(/^[\w-]+$/);
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  it("reads no more of a body without a length than the limit", async () => {
    const chunked = await chunkedPost(200_000);
    expect(chunked.status).toBe(413);
  });

  it("says how large a body may be and which setting of the operator says so, where one does", async () => {
    const large = await server.call({ ...sequence, body: { x: "x".repeat(70_000) } });
    expect(large.json.errors).toEqual(["the body has more than 65536 bytes (ECA_BODY_LIMIT); send less at once"]);
    const username = "x".repeat(20_000);
    const login = await server.post("/v1/login", { username, password: "test-password" });
    expect(login.json.errors).toEqual(["the body has more than 16384 bytes; send less at once"]);
  });

  it("names what is wrong and where, all at once", async () => {
    const answer = await server.post("/v1/ess", { module_id: "", state: [1, "2"], valence: "5" });
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([
      "module_id: must not be empty",
      "state[1]: must be a number, not a string",
      "valence: must be a number, not a string",
    ]);
    expect((await server.post("/v1/sequence", { instance_id: 1 })).json.errors).toEqual([
      "module_id: is missing; must be a string",
    ]);
  });

  it("lists the methods of a path in Allow and in the text", async () => {
    const answer = await server.call({ method: "PUT", path: "/v1/sequence/ac/1" });
    expect(answer.headers["allow"]).toBe("DELETE, GET, HEAD, PATCH");
    expect(answer.json.errors).toEqual(["PUT is not a method of this path; it has DELETE, GET, HEAD, PATCH"]);
  });

  it("survives lone surrogates and refuses them", async () => {
    const answer = await server.call({ ...sequence, body: '{"module_id": "\\ud800", "instance_id": 1}' });
    expect(answer.status).toBe(400);
    expect(answer.json.errors[0]).toContain("well-formed Unicode");
  });

  it("answers bytes that are not HTTP in the error shape", async () => {
    const text = await raw("NONSENSE\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toMatch(/\{"errors":\["the request is not HTTP\/1\.1"\]\}$/);
  });
});

describe("every answer", () => {
  it("carries the security headers and hides what runs the server", async () => {
    for (const path of ["/v1/ess/ac/1", "/v1/ess/ac", "/v1/nowhere", "/healthz"]) {
      const { headers } = await server.get(path);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      });
      expect(headers).not.toHaveProperty("x-powered-by");
      expect(headers).not.toHaveProperty("access-control-allow-origin");
    }
  });

  it("gives back a fit request id and replaces an unfit one", async () => {
    const fit = await server.call({ path: "/healthz", headers: { "x-request-id": "trace-7" } });
    expect(fit.headers["x-request-id"]).toBe("trace-7");
    const unfit = await server.call({ path: "/healthz", headers: { "x-request-id": "a b<script>" } });
    expect(unfit.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("answers HEAD like GET without the body", async () => {
    const answer = await server.call({ method: "HEAD", path: "/v1/ess/ac/1" });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("");
    expect(Number(answer.headers["content-length"])).toBeGreaterThan(100);
  });
});

describe("healthz", () => {
  it("stands outside /v1 and needs no login", async () => {
    const answer = await server.call({ path: "/healthz", token: null });
    expect(answer.status).toBe(200);
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    expect(answer.json).toEqual({ status: "ok", version });
  });
});

/** What comes back for bytes that no HTTP client would send. */
async function raw(bytes: string): Promise<string> {
  const { connect } = await import("node:net");
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

async function chunkedPost(length: number): Promise<{ status: number }> {
  const text = await raw(
    `POST /v1/sequence HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.token}\r\ntransfer-encoding: chunked\r\n` +
      `content-type: application/json\r\nconnection: close\r\n\r\n${length.toString(16)}\r\n${"x".repeat(length)}\r\n0\r\n\r\n`,
  );
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]) };
}
