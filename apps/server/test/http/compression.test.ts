import { request } from "node:http";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;
const wide = Array.from({ length: 400 }, (_, index) => index + 0.5);
const rows = 3000;

beforeAll(async () => {
  server = await startTestServer({ ECA_CORS_ORIGINS: "https://console.example.org" });
  await server.post("/v1/ess", { module_id: "wide", state: wide, valence: 1 });
  await server.post("/v1/ess", { module_id: "small", state: [1], valence: 1 });
  const create = (index: number) => server.post("/v1/ess", { module_id: "many", state: [index], valence: 1 });
  for (let first = 0; first < rows; first += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => create(first + index)));
  }
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One call whose reply is left as it came. */
function call(path: string, { method = "GET", body, headers = {} }: Call = {}, to = server): Promise<Reply> {
  const { hostname, port } = new URL(to.url);
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const all = { authorization: `Bearer ${to.token}`, "content-type": "application/json", ...headers };
    request({ hostname, port, path, method, agent: false, headers: all }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.on("error", reject);
      reply.on("end", () =>
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, bytes: Buffer.concat(chunks) }),
      );
    })
      .on("error", reject)
      .end(payload);
  });
}

const gzip = { "accept-encoding": "gzip" };
const textOf = ({ headers, bytes }: Reply): string =>
  (headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
const varies = ({ headers }: Reply): string[] => String(headers["vary"] ?? "").split(", ");

describe("a reply over 1 KiB", () => {
  it.each([
    ["a row", "/v1/ess/wide/1"],
    ["a short list", "/v1/ess/wide"],
    ["a list of many pages", "/v1/ess/many"],
    ["a page", "/v1/ess/many?limit=100"],
    ["metrics", "/metrics"],
    ["the OpenAPI document", "/v1/openapi.json"],
    ["a script of the documentation", "/docs/swagger-ui-bundle.js"],
    ["the explanation of errors", "/docs/errors"],
  ])("%s: is compressed where the caller accepts gzip, and says so", async (_name, path) => {
    const [plain, packed] = [await call(path), await call(path, { headers: gzip })];
    expect([plain.status, packed.status]).toEqual([200, 200]);
    expect(plain.headers).not.toHaveProperty("content-encoding");
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 1.5);
    // Metrics count on, in their numbers alone.
    const comparable = (reply: Reply): string => (path === "/metrics" ? textOf(reply).slice(0, 40) : textOf(reply));
    expect(comparable(packed)).toBe(comparable(plain));
    expect(packed.headers["content-type"]).toBe(plain.headers["content-type"]);
    for (const reply of [plain, packed]) {
      expect(varies(reply)).toContain("Accept-Encoding");
      // A stream has none.
      expect(Number(reply.headers["content-length"] ?? reply.bytes.length)).toBe(reply.bytes.length);
    }
  });

  it("is whole in every case: search, errors, predictions, replays", async () => {
    const search = { method: "POST", body: { module_id: "wide", state: wide, limit: 5 } };
    const keyed = { ...search, headers: { "idempotency-key": "k" } };
    const invalid = { method: "POST", body: { module_id: 1, state: wide.slice(0, 90).map(() => "x"), valence: 1 } };
    const problem = { ...invalid, headers: { accept: "application/problem+json" } };
    for (const [path, each, status] of [
      ["/v1/ess/search", search, 200],
      ["/v1/ess/search", keyed, 200],
      ["/v1/ess/search", keyed, 200],
      ["/v1/ess", invalid, 400],
      ["/v1/ess", problem, 400],
    ] as const) {
      const plain = await call(path, each);
      const packed = await call(path, { ...each, headers: { ...("headers" in each ? each.headers : {}), ...gzip } });
      expect([packed.status, packed.headers["content-encoding"]]).toEqual([status, "gzip"]);
      const strip = (text: string): string => text.replaceAll(/request=[\w-]+/g, "");
      expect(strip(textOf(packed))).toBe(strip(textOf(plain)));
      expect(packed.headers["x-error-code"]).toBe(plain.headers["x-error-code"]);
    }
  });

  it("varies by all that it depends on", async () => {
    const headers = { ...gzip, origin: "https://console.example.org" };
    const invalid = { method: "POST", body: { module_id: 1, state: wide.slice(0, 90).map(() => "x"), valence: 1 } };
    const reply = await call("/v1/ess", { ...invalid, headers });
    expect(varies(reply).toSorted()).toEqual(["Accept", "Accept-Encoding", "Origin"]);
  });
});

describe("a reply up to 1 KiB", () => {
  it.each(["/v1/ess/small/1", "/v1/ess/small", "/healthz", "/v1/nowhere"])("%s goes out as it is", async (path) => {
    const reply = await call(path, { headers: gzip });
    expect(reply.headers).not.toHaveProperty("content-encoding");
    expect(Number(reply.headers["content-length"])).toBe(reply.bytes.length);
  });

  it("begins to be compressed at its 1,025th byte", async () => {
    // One row whose length is set by its context.
    const create = async (length: number): Promise<number> => {
      const body = { module_id: "edge", state: [1], valence: 1, context: "x".repeat(length) };
      return (await server.post("/v1/ess", body)).json.id;
    };
    const first = (await call(`/v1/ess/edge/${await create(100)}`)).bytes.length;
    for (const bytes of [1024, 1025]) {
      const id = await create(100 + bytes - first);
      expect((await call(`/v1/ess/edge/${id}`)).bytes.length).toBe(bytes);
      const { headers } = await call(`/v1/ess/edge/${id}`, { headers: gzip });
      expect([bytes, headers["content-encoding"]]).toEqual([bytes, bytes > 1024 ? "gzip" : undefined]);
    }
  });
});

describe("Accept-Encoding", () => {
  it.each([
    ["gzip", true],
    ["GZIP", true],
    ["gzip, deflate", true],
    ["gzip, deflate, br, zstd", true],
    ["br, gzip;q=0.8", true],
    ["deflate, gzip;q=1.0, *;q=0.5", true],
    ["*", true],
    ["identity;q=0, gzip", true],
    ["identity;q=0.5, gzip", true],
    ["gzip;q=0.001", true],
    ["gzip;q=0", false],
    ["gzip;q=0.000", false],
    ["*;q=0", false],
    ["identity, gzip;q=0.5", false],
    ["gzip;q=0, *", false],
    ["identity", false],
    ["br", false],
    ["deflate", false],
    ["gzipped", false],
    ["", false],
    [",,,", false],
  ])("%j", async (header, isPacked) => {
    const reply = await call("/v1/ess/wide/1", { headers: { "accept-encoding": header } });
    expect(reply.headers["content-encoding"]).toBe(isPacked ? "gzip" : undefined);
    expect(JSON.parse(textOf(reply))).toMatchObject({ module_id: "wide" });
  });

  it("may name thousands of codings", async () => {
    const headers = { "accept-encoding": `${"x, ".repeat(3000)}gzip` };
    expect((await call("/v1/ess/wide/1", { headers })).headers["content-encoding"]).toBe("gzip");
  });
});

describe("HEAD", () => {
  it.each(["/v1/ess/wide/1", "/v1/ess/wide", "/v1/ess/many", "/docs", "/v1/openapi.json"])(
    "%s has the headers of GET",
    async (path) => {
      for (const headers of [{}, gzip]) {
        const [get, head] = [await call(path, { headers }), await call(path, { method: "HEAD", headers })];
        expect(head.bytes).toHaveLength(0);
        for (const name of ["content-encoding", "content-length", "content-type", "etag", "vary"]) {
          expect([path, name, head.headers[name]]).toEqual([path, name, get.headers[name]]);
        }
      }
    },
  );
});

describe("a compressed row", () => {
  const read = (headers: Readonly<Record<string, string>>) => call("/v1/ess/wide/1", { headers });

  it("has an ETag of its own, as its bytes are others", async () => {
    const [plain, packed] = [await read({}), await read(gzip)];
    expect(plain.headers["etag"]).toMatch(/^"\d+"$/);
    expect(packed.headers["etag"]).toBe(`${String(plain.headers["etag"]).slice(0, -1)}-gzip"`);
  });

  it("is known again by either ETag, in either form", async () => {
    const tags = [await read({}), await read(gzip)].map(({ headers }) => String(headers["etag"]));
    for (const tag of tags) {
      for (const headers of [{}, gzip]) {
        const reply = await read({ ...headers, "if-none-match": `"0", ${tag}` });
        expect([reply.status, reply.headers["etag"], reply.bytes.length]).toEqual([304, tag, 0]);
        expect(varies(reply)).toContain("Accept-Encoding");
        expect(reply.headers).not.toHaveProperty("content-encoding");
      }
    }
  });

  it("can be written to by its ETag, and by no older one", async () => {
    const before = await read(gzip);
    const tag = String(before.headers["etag"]);
    const body = { module_id: "wide", state: wide, valence: 2 };
    const patch = { method: "PATCH", body, headers: { ...gzip, "if-match": tag } };
    const first = await call("/v1/ess/wide/1", patch);
    expect(first.status).toBe(200);
    expect(first.headers["etag"]).toMatch(/^"\d+-gzip"$/);
    expect(first.headers["etag"]).not.toBe(tag);
    expect((await call("/v1/ess/wide/1", patch)).status).toBe(412);
    const next = { ...patch, headers: { "if-match": String(first.headers["etag"]) } };
    expect((await call("/v1/ess/wide/1", next)).status).toBe(200);
    const weak = { ...patch, headers: { "if-match": `W/${String((await read({})).headers["etag"])}` } };
    expect((await call("/v1/ess/wide/1", weak)).status).toBe(412);
  });

  it("is replayed with the same ETag", async () => {
    const body = { module_id: "wide", state: wide, valence: 3 };
    const create = { method: "POST", body, headers: { ...gzip, "idempotency-key": "row" } };
    const [first, again] = [await call("/v1/ess", create), await call("/v1/ess", create)];
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect([first.status, again.headers["etag"]]).toEqual([201, first.headers["etag"]]);
    expect(again.headers["etag"]).toMatch(/-gzip"$/);
    expect(textOf(again)).toBe(textOf(first));
  });
});

describe("a compressed list", () => {
  it("keeps the module's weak ETag, and is known again by it", async () => {
    for (const path of ["/v1/ess/many", "/v1/ess/wide"]) {
      const [plain, packed] = [await call(path), await call(path, { headers: gzip })];
      expect(plain.headers["etag"]).toMatch(/^W\/"\d+"$/);
      expect(packed.headers["etag"]).toBe(plain.headers["etag"]);
      const again = await call(path, { headers: { ...gzip, "if-none-match": String(packed.headers["etag"]) } });
      expect([again.status, again.bytes.length]).toEqual([304, 0]);
    }
  });

  it("has all rows, in their order", async () => {
    const list = JSON.parse(textOf(await call("/v1/ess/many", { headers: gzip }))) as { id: number }[];
    expect(list.map(({ id }) => id)).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
  });

  it("is taken whole by programs that know nothing of it", async () => {
    const reply = await fetch(`${server.url}/v1/ess/many`, { headers: { authorization: `Bearer ${server.token}` } });
    expect(reply.headers.get("content-encoding")).toBe("gzip");
    expect(await reply.json()).toHaveLength(rows);
  });
});

describe("the documentation", () => {
  it("is known again in either form", async () => {
    for (const path of ["/docs/errors", "/docs/swagger-ui.css", "/v1/openapi.json"]) {
      const [plain, packed] = [await call(path), await call(path, { headers: gzip })];
      expect(packed.headers["etag"]).not.toBe(plain.headers["etag"]);
      for (const [headers, { etag }] of [
        [{}, plain.headers],
        [gzip, packed.headers],
      ] as const) {
        const reply = await call(path, { headers: { ...headers, "if-none-match": String(etag) } });
        expect([path, reply.status, reply.headers["etag"], reply.bytes.length]).toEqual([path, 304, etag, 0]);
        expect(reply.headers).not.toHaveProperty("content-encoding");
      }
    }
  });
});

describe("a reply with a secret", () => {
  it("is never compressed: its length would say something of it beside what the caller has sent", async () => {
    const modules = Array.from({ length: 100 }, (_, index) => `a module with a long name ${index}`);
    const create = { method: "POST", body: { name: "k", role: "reader", modules }, headers: gzip };
    const created = await call("/v1/key", create);
    expect([created.status, created.headers["content-encoding"]]).toEqual([201, undefined]);
    expect(created.bytes.length).toBeGreaterThan(1024);
    const { key_id } = JSON.parse(textOf(created)) as { key_id: string };
    const rotated = await call(`/v1/key/${key_id}/rotate`, { method: "POST", headers: gzip });
    expect([rotated.status, rotated.headers["content-encoding"]]).toEqual([200, undefined]);
  });
});

describe("a reader that takes nothing", () => {
  it("of a compressed list is cut off as any other", async () => {
    const impatient = await startTestServer({ ECA_REPLY_TIMEOUT: "200ms", ECA_LOG_LEVEL: "debug" });
    await impatient.post("/v1/ess", { module_id: "log", state: [1], valence: 1 });
    // More than the system takes by itself of a connection, however well it is compressed.
    for (let row = 0; row < 128; row++) {
      const context = randomBytes(2 ** 17).toString("hex");
      await impatient.post("/v1/sequence", { module_id: "log", instance_id: 1, context });
    }
    const { hostname, port } = new URL(impatient.url);
    const socket = connect({ host: hostname, port: Number(port) });
    const head = ["GET /v1/sequence/log HTTP/1.1", "host: x", "accept-encoding: gzip"];
    socket.on("error", () => {}).write(`${head.join("\r\n")}\r\nauthorization: Bearer ${impatient.token}\r\n\r\n`);
    await vi.waitFor(() => expect(impatient.logs.some((line) => line.includes('"aborted":true'))).toBe(true), {
      timeout: 10_000,
    });
    socket.destroy();
    const whole = await call("/v1/sequence/log", { headers: gzip }, impatient);
    expect(JSON.parse(textOf(whole))).toHaveLength(128);
  });
});
