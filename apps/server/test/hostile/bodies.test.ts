import { gzipSync } from "node:zlib";
import { type AppRoute, contract, routesOf } from "@eca/contract";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { contentsOf } from "../contents.fixture.js";
import { openRawConnection, sendRaw } from "../raw-connection.fixture.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

const bodyLimit = 2 * 1024 * 1024;
let server: TestServer;
let before: Record<string, unknown>;

beforeAll(async () => {
  server = await startTestServer({ ECA_BODY_LIMIT: String(bodyLimit) });
  await server.post("/v1/ess", { module_id: "ac", state: [25.3, 1], valence: 10 });
  await server.post("/v1/sequence", { module_id: "ac", instance_id: 1 });
  await server.post("/v1/embedding", { module_id: "ac", input: "warm", hash: "h1" });
  await server.post("/v1/document", { doc_id: "d", text: "t" });
  before = await contentsOf(server);
});

const sequence = '{"module_id":"ac","instance_id":1}';
const ess = (field: string): string => `{"module_id":"ac","state":[1,2],"valence":1,${field}}`;
const essState = (state: string): string => `{"module_id":"ac","state":${state},"valence":1}`;

function expectRefusal(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.headers["x-error-code"], answer.text.slice(0, 300)]).toEqual([
    status,
    code,
    expect.stringMatching(/^\{"errors":\["/),
  ]);
}

describe("bodies that are no JSON", () => {
  it.each([
    "{",
    "}",
    "[1,]",
    `{'module_id':"ac","instance_id":1}`,
    `{module_id:"ac","instance_id":1}`,
    `{"module_id":"ac","instance_id":1,}`,
    `{"module_id":"ac","instance_id":1} {"module_id":"ac"}`,
    `{"module_id":"ac","instance_id":1}\u0000`,
    `{"module_id":"ac","instance_id":1}//`,
    `/**/${sequence}`,
    `{"module_id":"ac","instance_id":01}`,
    `{"module_id":"ac","instance_id":+1}`,
    `{"module_id":"ac","instance_id":.5}`,
    `{"module_id":"ac","instance_id":0x1}`,
    `{"module_id":"ac","instance_id":NaN}`,
    `{"module_id":"ac","instance_id":Infinity}`,
    `{"module_id":"ac","instance_id":-Infinity}`,
    `{"module_id":"ac","instance_id":1n}`,
    `{"module_id":"a\nc","instance_id":1}`,
    String.raw`{"module_id":"\x41","instance_id":1}`,
    String.raw`{"module_id":"\u12","instance_id":1}`,
    "undefined",
    "\u0000",
    "module_id=ac&instance_id=1",
    "<module_id>ac</module_id>",
  ])("%j", async (body) => {
    expectRefusal(await server.call({ method: "POST", path: "/v1/sequence", body }), 400, "invalid_json");
  });

  const bytes = (...parts: (string | number[])[]): Buffer =>
    Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

  it.each([
    ["an overlong NUL", bytes('{"module_id":"a', [0xc0, 0x80], 'c","instance_id":1}')],
    ["an overlong slash", bytes('{"module_id":"a', [0xe0, 0x80, 0xaf], 'c","instance_id":1}')],
    ["a surrogate", bytes('{"module_id":"a', [0xed, 0xa0, 0x80], 'c","instance_id":1}')],
    ["a character beyond U+10FFFF", bytes('{"module_id":"a', [0xf4, 0x90, 0x80, 0x80], 'c","instance_id":1}')],
    ["half a character", bytes('{"module_id":"a', [0xe2, 0x82], '","instance_id":1}')],
    ["Latin-1", Buffer.from('{"module_id":"é","instance_id":1}', "latin1")],
    ["UTF-16", Buffer.from(sequence, "utf16le")],
    ["gzip that is not announced", gzipSync(sequence)],
  ])("%s", async (_name, body) => {
    const [answer] = await sendRaw(server.url, requestOf("POST", "/v1/sequence", body));
    expect([answer?.status, answer?.headers["x-error-code"]]).toEqual([400, "invalid_json"]);
  });
});

describe("a long body, which is read in steps", () => {
  const padded = (before: number, bytes: Buffer): Buffer => {
    const lead = Buffer.from('{"module_id":"ac","instance_id":1,"context":"');
    return Buffer.concat([lead, Buffer.alloc(before - lead.length, "x"), bytes, Buffer.alloc(300_000, "x")]);
  };

  const answerTo = async (body: Buffer) => (await sendRaw(server.url, requestOf("POST", "/v1/sequence", body)))[0];

  it.each([
    ["half a character before a step", padded(2 ** 18 - 2, Buffer.from([0xf0, 0x9f]))],
    ["half a character at its end", Buffer.concat([padded(2 ** 18, Buffer.from("x")), Buffer.from([0xe4, 0xb8])])],
    ["half a character behind a step", padded(2 ** 18, Buffer.from([0x98, 0x80]))],
  ])("%s is no UTF-8", async (_name, body) => {
    const told = await answerTo(body);
    expect([told?.status, told?.text]).toEqual([400, '{"errors":["the body is not UTF-8"]}']);
  });
});

describe("a key twice in one object", () => {
  it.each([
    `{"module_id":"ac","instance_id":1,"instance_id":2}`,
    String.raw`{"module_id":"ac","instance_id":1,"\u0069nstance_id":2}`,
    `{"module_id":"ac","module_id":"ac","instance_id":1}`,
    `{"module_id":"ac","instance_id":1,"extra":[{"a":1,"a":1}]}`,
    `{"module_id":"ac","instance_id":1,"context":"at 12:30","context":"at 12:31"}`,
    `{"module_id":"ac","instance_id":1,"__proto__":1,"__proto__":1}`,
  ])("%s", async (body) => {
    const answer = await server.call({ method: "POST", path: "/v1/sequence", body });
    expectRefusal(answer, 400, "invalid_json");
    expect(answer.json.errors[0]).toContain("twice");
  });
});

describe("numbers", () => {
  it.each([
    ["valence", ess('"valence":1e400').replace('"valence":1,', "")],
    ["valence", ess('"valence":-1e400').replace('"valence":1,', "")],
    ["state[0]", essState("[1e400,1]")],
    ["state[1]", essState("[1,3.5e38]")],
    ["state[1]", essState("[1,-3.5e38]")],
    ["score", ess('"score":1e400')],
    ["score", ess('"score":0.5')],
    ["score", ess('"score":9007199254740993')],
    ["score", ess('"score":-9007199254740993')],
    ["embedding_input", ess('"embedding_input":1e20')],
    ["embedding_input", ess('"embedding_input":1.5')],
    ["aggregate_id[0]", ess('"aggregate_id":[1e300]')],
  ])("%s of %s", async (field, body) => {
    const answer = await server.call({ method: "POST", path: "/v1/ess", body });
    expectRefusal(answer, 400, "invalid_request");
    expect(answer.json.errors[0].startsWith(field)).toBe(true);
  });

  it.each(["9007199254740993", "1e20", "1e400", "-1e400", "1.5", '"1"', "true", "[1]", "{}"])(
    "instance_id %s",
    async (id) => {
      const body = `{"module_id":"ac","instance_id":${id}}`;
      expectRefusal(await server.call({ method: "POST", path: "/v1/sequence", body }), 400, "invalid_request");
    },
  );

  it.each(["0", "-1", "2", "-9007199254740991", "9007199254740991"])("instance_id %s is no row", async (id) => {
    const body = `{"module_id":"ac","instance_id":${id}}`;
    expectRefusal(await server.call({ method: "POST", path: "/v1/sequence", body }), 404, "ess_not_found");
  });
});

describe("states", () => {
  it.each([
    ["none", "[]", "invalid_request"],
    ["null", "null", "invalid_request"],
    ["a number", "1", "invalid_request"],
    ["a text", '"1,2"', "invalid_request"],
    ["an object", '{"0":1,"1":2,"length":2}', "invalid_request"],
    ["numbers as texts", '["1","2"]', "invalid_request"],
    ["nulls", "[null,null]", "invalid_request"],
    ["lists", "[[1],[2]]", "invalid_request"],
    ["booleans", "[true,false]", "invalid_request"],
    ["too short", "[1]", "shape_mismatch"],
    ["too long", "[1,2,3]", "shape_mismatch"],
    ["beyond the limit", `[${"1,".repeat(65_536)}1]`, "invalid_request"],
    ["150,000 texts", `[${'"",'.repeat(150_000)}""]`, "invalid_request"],
    ["400,000 texts", `[${'"",'.repeat(400_000)}""]`, "invalid_json"],
  ])("%s", async (_name, state, code) => {
    expectRefusal(await server.call({ method: "POST", path: "/v1/ess", body: essState(state) }), 400, code);
    const patched = await server.call({ method: "PATCH", path: "/v1/ess/ac/1", body: essState(state) });
    expectRefusal(patched, 400, code);
    if (state !== "[]") {
      const search = await server.call({ method: "POST", path: "/v1/ess/search", body: essState(state) });
      expectRefusal(search, 400, code);
    }
  });
});

describe("every field of every body", () => {
  const wrong = [undefined, null, true, 0, 1.5, -1, "", "x", "a\0b", "\ud800", [], [null], {}, { length: 1 }];
  const bodies = [...routesOf(contract)].flatMap(([name, route]) =>
    "body" in route && route.body instanceof z.ZodObject ? [{ name, route, body: route.body }] : [],
  );
  const pathOf = ({ path }: AppRoute): string =>
    `/v1${path.replaceAll(/:\w*module_id/g, "ac").replaceAll(/:\w+/g, "1")}`;

  it.each(bodies)("$name: another type is refused, with the field's name", async ({ route, body }) => {
    const { method } = route;
    const where = pathOf(route);
    for (const [field, fieldSchema] of Object.entries(body.shape)) {
      for (const value of wrong) {
        if (fieldSchema.safeParse(value).success) continue;
        const answer = await server.call({ method, path: where, body: { [field]: value } });
        expectRefusal(answer, 400, "invalid_request");
        const named = (answer.json.errors as string[]).some((text) => text.startsWith(field));
        expect([field, value, answer.json.errors, named]).toEqual([field, value, answer.json.errors, true]);
      }
    }
  });

  it.each(["null", "[]", "1", '"x"', "true", "{}", "[{}]"])("the whole body %s", async (body) => {
    for (const { route } of bodies) {
      const where = pathOf(route);
      // A user is changed in what is named alone: an empty object changes nothing.
      if (route.path === "/user/:user_id" && body === "{}") continue;
      expectRefusal(await server.call({ method: route.method, path: where, body }), 400, "invalid_request");
    }
  });
});

describe("characters that no store can hold", () => {
  const targets: [path: string, body: object, fields: string[]][] = [
    ["/v1/ess", { module_id: "ac", state: [1, 2], valence: 1 }, ["module_id", "context"]],
    ["/v1/sequence", { module_id: "ac", instance_id: 1 }, ["module_id", "status", "context"]],
    ["/v1/embedding", { module_id: "ac", input: "i", hash: "h" }, ["module_id", "input", "hash"]],
    ["/v1/document", { doc_id: "d", text: "t" }, ["doc_id", "text"]],
    ["/v1/user", { username: "u", role: "reader", password: "long enough" }, ["username"]],
    ["/v1/key", { name: "k", role: "reader" }, ["name", "user_id"]],
    ["/v1/login", { username: "u", password: "p" }, ["username"]],
    ["/v1/predictions", { module_id: "ac" }, ["module_id", "status"]],
  ];
  const fields = targets.flatMap(([path, body, names]) => names.map((name) => [path, name, body] as const));

  it.each(fields)("%s: %s", async (path, field, body) => {
    for (const value of ["a\0b", "\0", "\ud800", "\udc00", "a\udfffb", "\udc00\ud800"]) {
      const answer = await server.post(path, { ...body, [field]: value });
      expectRefusal(answer, 400, "invalid_request");
      expect(answer.json.errors[0]).toMatch(new RegExp(`^${field}: `));
    }
  });
});

describe("keys of objects' prototypes", () => {
  const hostile = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

  it.each(hostile)("%s alone is no body", async (key) => {
    for (const path of ["/v1/sequence", "/v1/ess", "/v1/user"]) {
      const body = `{"${key}":{"module_id":"ac","instance_id":1,"state":[1,2],"valence":1,"username":"x","role":"admin"}}`;
      expectRefusal(await server.call({ method: "POST", path, body }), 400, "invalid_request");
    }
  });

  it.each(hostile)("%s changes nothing of any object", async (key) => {
    const polluted = '{"polluted":true,"prototype":{"polluted":true},"status":"polluted","role":"admin"}';
    await server.call({
      method: "POST",
      path: "/v1/sequence",
      body: `{"${key}":${polluted},"module_id":"ac","instance_id":99}`,
    });
    await server.call({ path: `/v1/embedding/ac/hash`, body: `{"${key}":${polluted},"hash":"none"}` });
    await server.get(`/v1/sequence/ac?${key}[polluted]=true&${key}=x`);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((() => undefined as unknown as Record<string, unknown>).prototype).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe("nesting", () => {
  const open = (depth: number, opening: string, closing: string): string =>
    `${opening.repeat(depth)}1${closing.repeat(depth)}`;

  it.each([
    ["lists, 33 deep", open(33, "[", "]")],
    ["lists, 10,000 deep", open(10_000, "[", "]")],
    ["lists, 1,000,000 deep", open(1_000_000, "[", "]")],
    ["lists that never close", "[".repeat(bodyLimit - 100)],
    ["objects, 10,000 deep", open(10_000, '{"a":', "}")],
    ["objects, 300,000 deep", open(300_000, '{"a":', "}")],
    ["both, 10,000 deep", open(10_000, '[{"a":', "}]")],
    ["a million lists beside each other", `[${"[],".repeat(600_000)}[]]`],
    ["100,000 keys beside each other", `{${Array.from({ length: 100_000 }, (_, key) => `"${key}":1`).join(",")}}`],
    ["keys, 10,000 deep", open(10_000, '{"__proto__":', "}")],
  ])("%s", async (_name, value) => {
    for (const body of [
      value,
      `{"module_id":"ac","instance_id":${value}}`,
      `{"module_id":"ac","instance_id":1,"x":${value}}`,
    ]) {
      expectRefusal(await server.call({ method: "POST", path: "/v1/sequence", body }), 400, "invalid_json");
    }
  });
});

describe("media types", () => {
  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "application/jsonp",
    "application/json; charset=utf-16",
    "application/json; charset=latin1",
    "application/json, text/plain",
    "json",
  ])("%s", async (type) => {
    const call = { method: "POST", path: "/v1/sequence", body: sequence, headers: { "content-type": type } };
    expectRefusal(await server.call(call), 415, "unsupported_media_type");
  });

  it.each(["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])("content encoding %s", async (encoding) => {
    const call = { method: "POST", path: "/v1/sequence", body: sequence, headers: { "content-encoding": encoding } };
    expectRefusal(await server.call(call), 415, "unsupported_media_type");
  });

  it("a gzip bomb, announced as what it is, is not opened", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(bodyLimit);
    const head = { "content-encoding": "gzip" };
    const [answer] = await sendRaw(server.url, requestOf("POST", "/v1/sequence", bomb, head));
    expect([answer?.status, answer?.headers["x-error-code"]]).toEqual([415, "unsupported_media_type"]);
  });

  it("a transfer coding that would have to be undone", async () => {
    const chunked = `${sequence.length.toString(16)}\r\n${sequence}\r\n0\r\n\r\n`;
    const head = { "transfer-encoding": "gzip, chunked" };
    const [answer] = await sendRaw(server.url, requestOf("POST", "/v1/sequence", Buffer.from(chunked), head));
    expect([answer?.status, answer?.headers["x-error-code"]]).toEqual([415, "unsupported_media_type"]);
  });
});

describe("bodies beyond the limit", () => {
  it("announced: refused before they are sent", async () => {
    const connection = await openRawConnection(server.url);
    connection.write(headOf("POST", "/v1/sequence", { "content-length": String(bodyLimit + 1) }));
    const [answer] = await connection.answers(1);
    expect([answer?.status, answer?.headers["x-error-code"]]).toEqual([413, "payload_too_large"]);
    connection.socket.destroy();
  });

  it("chunked: refused as soon as they are too large", async () => {
    const connection = await openRawConnection(server.url);
    connection.write(headOf("POST", "/v1/sequence", { "transfer-encoding": "chunked" }));
    const chunk = Buffer.alloc(64 * 1024, " ");
    for (let sent = 0; sent <= bodyLimit; sent += chunk.length) {
      connection.write(`${chunk.length.toString(16)}\r\n`);
      connection.write(chunk);
      connection.write("\r\n");
    }
    const [answer] = await connection.answers(1);
    expect([answer?.status, answer?.headers["x-error-code"]]).toEqual([413, "payload_too_large"]);
    connection.socket.destroy();
  });

  it("of a login: refused at a size that nobody must answer for", async () => {
    const body = `{"username":"admin","password":"${"x".repeat(20_000)}"}`;
    const call = { method: "POST", path: "/v1/login", body, token: null };
    expectRefusal(await server.call(call), 413, "payload_too_large");
  });

  it.each([
    ["a body beyond the limit", "/v1/sequence", { "content-length": String(bodyLimit + 1) }, 413],
    ["another type", "/v1/sequence", { "content-length": "9", "content-type": "text/plain" }, 415],
    ["no login", "/v1/sequence", { "content-length": "9", authorization: "none" }, 401],
    ["no route", "/v1/nowhere", { "content-length": "9" }, 404],
  ])("Expect: 100-continue: %s is refused before it is sent", async (_name, path, headers, status) => {
    const connection = await openRawConnection(server.url);
    connection.write(headOf("POST", path, { ...headers, expect: "100-continue" }));
    const answers = await connection.closed();
    expect(answers.map((answer) => [answer.status, answer.headers["connection"]])).toEqual([[status, "close"]]);
  });

  it("Expect: 100-continue: a body that may come is asked for", async () => {
    const connection = await openRawConnection(server.url);
    const body = '{"module_id":"ac","instance_id":99}';
    connection.write(headOf("POST", "/v1/sequence", { "content-length": String(body.length), expect: "100-continue" }));
    await connection.answers(1);
    connection.write(body);
    expect((await connection.closed()).map((answer) => answer.status)).toEqual([100, 404]);
  });

  it("an expectation that nobody knows is passed over", async () => {
    const connection = await openRawConnection(server.url);
    const body = '{"module_id":"ac","instance_id":99}';
    const headers = { "content-length": String(body.length), expect: "200-maybe" };
    connection.write(headOf("POST", "/v1/sequence", headers) + body);
    expect((await connection.closed()).map((answer) => answer.status)).toEqual([404]);
  });
});

describe("after all of it", () => {
  it("nothing has changed, and nothing has failed", async () => {
    expect(await contentsOf(server)).toEqual(before);
    expect((await server.get("/healthz")).status).toBe(200);
    expect(server.logs.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
  });
});

function headOf(method: string, path: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    host: "x",
    authorization: `Bearer ${server.token}`,
    "content-type": "application/json; charset=utf-8",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A request on a connection of its own. */
function requestOf(method: string, path: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): Buffer {
  const length = "transfer-encoding" in headers ? {} : { "content-length": String(body.length) };
  return Buffer.concat([Buffer.from(headOf(method, path, { connection: "close", ...length, ...headers })), body]);
}
