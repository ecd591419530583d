import { beforeAll, describe, expect, it } from "vitest";
import { contentsOf } from "../contents.fixture.js";
import { type RawAnswer, sendRaw } from "../raw-connection.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;
let before: Record<string, unknown>;

beforeAll(async () => {
  server = await startTestServer();
  for (const module_id of ["ac", "__proto__", "constructor", "a/b", "...", "%2e%2e", "a b", "ü€😀"]) {
    await server.post("/v1/ess", { module_id, state: [1, 2], valence: 1 });
    await server.post("/v1/sequence", { module_id, instance_id: 1 });
  }
  before = await contentsOf(server);
});

/** One request with its target as it stands. */
async function call(method: string, target: string, headers = ""): Promise<RawAnswer | undefined> {
  const [answer] = await sendRaw(
    server.url,
    `${method} ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${server.token}\r\n${headers}\r\n`,
  );
  return answer;
}

function expectRefusal(answer: RawAnswer | undefined, status: number, code: string): void {
  expect([answer?.status, answer?.headers["x-error-code"], answer?.text.slice(0, 300)]).toEqual([
    status,
    code,
    expect.stringMatching(/^\{"errors":\["/),
  ]);
}

describe("path parameters", () => {
  it.each([
    ["an id that is no number", "/v1/ess/ac/one"],
    ["an id with a point", "/v1/ess/ac/1.0"],
    ["an id with an exponent", "/v1/ess/ac/1e0"],
    ["a hexadecimal id", "/v1/ess/ac/0x1"],
    ["an id with a sign", "/v1/ess/ac/+1"],
    ["an id with a space", "/v1/ess/ac/1%20"],
    ["an id with a line break", "/v1/ess/ac/1%0A"],
    ["an id in other digits", `/v1/ess/ac/${encodeURIComponent("١")}`],
    ["an id beyond 2^53", "/v1/ess/ac/9007199254740992"],
    ["an id below -2^53", "/v1/ess/ac/-9007199254740992"],
    ["an id of 5,000 digits", `/v1/ess/ac/${"9".repeat(5000)}`],
    ["an id of a document", "/v1/document/one"],
    ["a component's id", "/v1/ess/ac/aggregate/ac/x"],
    ["a NUL", "/v1/ess/a%00c"],
    ["a NUL in the id", "/v1/ess/ac/1%00"],
    ["a module id of 10,000 characters", `/v1/ess/${"m".repeat(10_000)}`],
    ["a module id of 1,000 characters of 4 bytes", `/v1/ess/${encodeURIComponent("😀".repeat(1000))}`],
    ["a lone surrogate", "/v1/ess/%ED%A0%80"],
    ["overlong UTF-8", "/v1/ess/%C0%AF"],
    ["a malformed escape", "/v1/ess/%zz"],
    ["half an escape", "/v1/ess/ac%2"],
    ["a percent sign", "/v1/ess/%"],
    ["Latin-1", "/v1/ess/%FC"],
  ])("%s", async (_name, target) => {
    expectRefusal(await call("GET", target), 400, "invalid_request");
  });

  it.each(["0", "-1", "-0", "2", "9007199254740991", "-9007199254740991", "0000000000000000000002"])(
    "the id %s is no row",
    async (id) => {
      expectRefusal(await call("GET", `/v1/ess/ac/${id}`), 404, "ess_not_found");
    },
  );

  it.each([
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
    ["a%2Fb", "a/b"],
    ["a%2fb", "a/b"],
    ["...", "..."],
    ["%252e%252e", "%2e%2e"],
    ["a%20b", "a b"],
    ["%C3%BC%E2%82%AC%F0%9F%98%80", "ü€😀"],
  ])("%s is the module %s", async (segment, moduleId) => {
    for (const target of [`/v1/module/${segment}`, `/v1/ess/${segment}/1`, `/v1/sequence/${segment}/-1`]) {
      const answer = await call("GET", target);
      expect(answer?.status).toBe(200);
      expect(JSON.parse(answer?.text ?? "")).toMatchObject({ module_id: moduleId });
    }
  });

  it.each([".", "..", "%2e", "%2E%2e"])("%s is no name of a module", async (segment) => {
    expectRefusal(await call("GET", `/v1/ess/${segment}/1`), 400, "invalid_request");
  });

  it.each([".", ".."])("no module is created that only the path %s would name", async (module_id) => {
    for (const [path, body] of [
      ["/v1/ess", { module_id, state: [1], valence: 0 }],
      ["/v1/embedding", { module_id, input: "text", hash: "h" }],
      ["/v1/ess", { module_id: "sum", state: [], valence: 0, aggregate_id: [1], aggregate_module_id: [module_id] }],
    ] as const) {
      const { status, json } = await server.post(path, body);
      expect(status).toBe(400);
      expect(json.errors).toEqual([
        expect.stringMatching(/^(aggregate_)?module_id(\[0\])?: must not be \. or \.\., which no path can name/),
      ]);
    }
  });

  it.each(["toString", "hasOwnProperty", "__defineGetter__", "prototype"])("%s is no module", async (segment) => {
    expectRefusal(await call("GET", `/v1/module/${segment}`), 404, "module_not_found");
    expectRefusal(await call("GET", `/v1/ess/${segment}`), 404, "module_not_found");
  });
});

describe("paths", () => {
  it.each([
    "/v1",
    "/v1/",
    "/",
    "//",
    "//v1/ess/ac",
    "/v1//ess/ac",
    "/v1/ess//ac",
    "/v1/ESS/ac",
    "/V1/ess/ac",
    "/v1/ess/ac/1/1",
    "/v1/../v1/ess/ac",
    "/v1/./ess/ac",
    "/v1/ess/../ess/ac",
    "/../../etc/passwd",
    "/docs/../../package.json",
    "/docs/%2e%2e/%2e%2e/package.json",
    "/docs/..%2f..%2fpackage.json",
    "/v1;x=1/ess/ac",
    "/v1%2Fess%2Fac",
    "/.env",
    `/${"x".repeat(8000)}`,
    `/${"x/".repeat(4000)}`,
    "*",
  ])("%s is no route", async (target) => {
    const answer = await call("GET", target);
    expect([400, 404]).toContain(answer?.status);
    expectRefusal(answer, answer?.status ?? 0, answer?.status === 400 ? "invalid_request" : "route_not_found");
  });

  // Else the call of one row with an empty id would be the call of the whole list.
  it.each(["/v1/ess/ac/", "/v1/ess/ac//", "/v1/user/", "/v1/document/", "/v1/module/", "/healthz/", "/metrics/"])(
    "%s is not the route without its last slash",
    async (target) => {
      expectRefusal(await call("GET", target), 404, "route_not_found");
    },
  );

  it.each(["http://x/v1/ess/ac/1", "http://elsewhere.example:99/v1/ess/ac/1", "HTTP://x/v1/ess/ac/1"])(
    "the absolute form %s is the path in it",
    async (target) => {
      const answer = await call("GET", target);
      expect(answer?.status).toBe(200);
      expect(answer?.text).toBe((await call("GET", "/v1/ess/ac/1"))?.text);
    },
  );

  it.each([
    ["a NUL", "GET /v1/ess/a\0c HTTP/1.1"],
    ["a space", "GET /v1/ess/a c HTTP/1.1"],
    ["bytes beyond ASCII", "GET /v1/ess/ü HTTP/1.1"],
    ["a line break", "GET /v1/ess/a\rc HTTP/1.1"],
    ["no version", "GET /v1/ess/ac HTTP/"],
    ["another version", "GET /v1/ess/ac HTTP/9.9"],
    ["a method that nobody knows", "STEAL /v1/ess/ac HTTP/1.1"],
    ["a method in small letters", "get /v1/ess/ac HTTP/1.1"],
    ["a path without a slash", "GET v1/ess/ac HTTP/1.1"],
    ["nothing", " "],
  ])("a request line with %s", async (_name, line) => {
    const [answer] = await sendRaw(server.url, `${line}\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expectRefusal(answer, 400, "invalid_request");
  });
});

describe("queries", () => {
  it.each([
    "limit=0",
    "limit=-1",
    "limit=1001",
    "limit=1.5",
    "limit=1e2",
    "limit=",
    "limit=1&limit=2",
    "limit[]=1",
    "limit[$gt]=1",
    "order=up",
    "order=asc&order=desc",
    "__proto__=1",
    "__proto__[order]=asc",
    "constructor=1",
    "unknown=1",
    "status=%00",
    "status=%ED%A0%80",
    "status=%",
    "status=%zz",
    "status=%ff",
    "status=%C0%AF",
    "status=50%&limit=1",
    "%zz=1",
    "from=now",
    "from=2026-13-01T00:00:00Z",
    "from=2026-01-01T00:00:00",
    `from=2026-01-01T00:00:00.${"0".repeat(2000)}Z`,
    "=",
  ])("?%s", async (query) => {
    expectRefusal(await call("GET", `/v1/sequence/ac?${query}`), 400, "invalid_request");
  });

  it.each(["after=", "after=x", "after=AAAA", `after=${"A".repeat(4096)}`, "after=%00", "after=1"])(
    "?%s",
    async (query) => {
      expectRefusal(await call("GET", `/v1/sequence/ac?${query}`), 400, "invalid_cursor");
    },
  );

  it("a malformed escape is refused where the query means nothing, and nothing is written", async () => {
    const body = '{"module_id":"ac","instance_id":1}';
    const head = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
    const [answer] = await sendRaw(
      server.url,
      `POST /v1/sequence?%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${server.token}\r\n${head}\r\n${body}`,
    );
    expectRefusal(answer, 400, "invalid_request");
    expect(answer?.text).toContain("percent-escape");
  });

  it("a thousand parameters are refused by their names, as many as fit", async () => {
    const query = Array.from({ length: 1500 }, (_, index) => `p${index}=1`).join("&");
    expectRefusal(await call("GET", `/v1/sequence/ac?${query}`), 400, "invalid_request");
  });
});

describe("methods", () => {
  it.each([
    ["POST", "/v1/ess/ac/1", "GET, HEAD, PATCH"],
    ["DELETE", "/v1/ess/ac/1", "GET, HEAD, PATCH"],
    ["PUT", "/v1/ess/ac/1", "GET, HEAD, PATCH"],
    ["OPTIONS", "/v1/ess/ac/1", "GET, HEAD, PATCH"],
    ["TRACE", "/v1/ess/ac/1", "GET, HEAD, PATCH"],
    ["PROPFIND", "/v1/ess/ac/1", "GET, HEAD, PATCH"],
    ["GET", "/v1/login", "POST"],
    ["GET", "/v1/ess", "POST"],
    ["DELETE", "/v1/ess/ac", "GET, HEAD"],
    ["PATCH", "/v1/limits", "GET, HEAD"],
    ["POST", "/healthz", "GET, HEAD"],
    ["POST", "/docs/errors", "GET, HEAD"],
    ["DELETE", "/v1/openapi.json", "GET, HEAD"],
  ])("%s %s is refused, with %s in Allow", async (method, path, allow) => {
    const answer = await call(method, path, "content-length: 0\r\n");
    expectRefusal(answer, 405, "method_not_allowed");
    expect(answer?.headers["allow"]).toBe(allow);
  });

  it("OPTIONS * is no route", async () => {
    expectRefusal(await call("OPTIONS", "*"), 404, "route_not_found");
  });

  it("CONNECT is refused: the server is no proxy", async () => {
    expectRefusal(await call("CONNECT", "elsewhere.example:443"), 400, "invalid_request");
  });
});

describe("headers", () => {
  const get = (headers: string) =>
    sendRaw(server.url, `GET /v1/session HTTP/1.1\r\nconnection: close\r\n${headers}\r\n`);

  it.each([
    ["none", ""],
    ["two", "host: a\r\nHost: b\r\n"],
    ["two of the same", "host: a\r\nHOST: a\r\n"],
  ])("Host: %s", async (_name, hosts) => {
    const [answer] = await get(`${hosts}authorization: Bearer ${server.token}\r\n`);
    expectRefusal(answer, 400, "invalid_request");
  });

  it.each([
    ["a NUL", "x-a: a\0b\r\n"],
    ["a folded line", "x-a: a\r\n b\r\n"],
    ["a lone line feed", "x-a: a\nx-b: b\r\n"],
    ["a lone carriage return", "x-a: a\rx-b: b\r\n"],
    ["a space before the colon", "x-a : a\r\n"],
    ["no name", ": a\r\n"],
    ["no colon", "x-a\r\n"],
    ["a name that is no token", "x(a): a\r\n"],
  ])("%s", async (_name, header) => {
    const [answer] = await get(`host: x\r\n${header}`);
    expectRefusal(answer, 400, "invalid_request");
  });

  it.each([
    ["one of 20,000 bytes", `x-a: ${"a".repeat(20_000)}\r\n`],
    ["ten thousand", Array.from({ length: 10_000 }, (_, index) => `x-${index}: a\r\n`).join("")],
    ["a name of 20,000 bytes", `${"a".repeat(20_000)}: a\r\n`],
  ])("too large: %s", async (_name, header) => {
    const [answer] = await get(`host: x\r\n${header}`);
    expectRefusal(answer, 431, "headers_too_large");
  });

  it("too large: the target", async () => {
    expectRefusal(await call("GET", `/v1/ess/${"m".repeat(20_000)}`), 431, "headers_too_large");
  });

  it.each([
    "Bearer",
    "Bearer ",
    "bearer\tx",
    "Basic YWRtaW46YWRtaW4=",
    "Bearer a b",
    `Bearer ${"x".repeat(10_000)}`,
    "Bearer \u00ff\u00fe",
    "Bearer ecas_",
    "Bearer __proto__",
    "Bearer undefined, Bearer x",
  ])("Authorization: %s", async (authorization) => {
    const [answer] = await get(`host: x\r\nauthorization: ${authorization}\r\n`);
    expectRefusal(answer, 401, "unauthenticated");
  });

  it.each([
    ["if-match", "12"],
    ["if-match", '"12'],
    ["if-match", ""],
    ["if-match", '"1", 2'],
    ["idempotency-key", '"'],
    ["idempotency-key", "a b"],
    ["idempotency-key", "x".repeat(256)],
    ["idempotency-key", "\u00ff"],
  ])("%s: %s", async (name, value) => {
    const isMatch = name === "if-match";
    const body = '{"module_id":"ac","instance_id":1}';
    const head = `${name}: ${value}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const [answer] = await sendRaw(
      server.url,
      `${isMatch ? "PATCH /v1/sequence/ac/1" : "POST /v1/sequence"} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n` +
        `authorization: Bearer ${server.token}\r\n${head}`,
    );
    expectRefusal(answer, 400, "invalid_request");
    expect(answer?.text.toLowerCase()).toContain(`header ${name}: `);
  });
});

describe("conditions that a route does not know", () => {
  it.each(["*", '"1"', 'W/"x"'])("If-None-Match: %s changes nothing", async (condition) => {
    for (const path of ["/metrics", "/healthz", "/v1/user", "/v1/limits"]) {
      const answer = await call("GET", path, `if-none-match: ${condition}\r\n`);
      expect([path, answer?.status]).toEqual([path, 200]);
    }
  });
});

describe("after all of it", () => {
  it("nothing has changed, and nothing has failed", async () => {
    expect(await contentsOf(server)).toEqual(before);
    expect(server.logs.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
  });
});
