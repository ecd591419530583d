import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const state = Array.from({ length: 20_000 }, (_, index) => Math.fround(index / 7));
const context = "so far \u4e16\u{1f600}".repeat(10_000);
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.post("/v1/ess", { module_id: "wide", state, valence: 1, context });
});

interface Reply {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

/** One reply, left as it came. */
function get(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const all = { authorization: `Bearer ${server.token}`, ...headers };
    request(server.url + path, { method, agent: false, headers: all }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.on("error", reject);
      reply.on("end", () => resolve({ headers: reply.headers, bytes: Buffer.concat(chunks) }));
    })
      .on("error", reject)
      .end();
  });
}

describe("a body that is read in steps", () => {
  it.each([0, 1, 2, 3])("keeps the characters that lie across two steps, %i bytes on", async (offset) => {
    // Four bytes each: at one of the offsets each step ends within one.
    const told = "x".repeat(offset) + "\u{1f600}".repeat(200_000);
    const { status, json } = await server.post("/v1/sequence", { module_id: "wide", instance_id: 1, context: told });
    expect(status).toBe(201);
    expect(json.context === told).toBe(true);
  });
});

describe("a reply of many pieces", () => {
  it("comes whole, with its length and its ETag", async () => {
    const { headers, bytes } = await get("/v1/ess/wide/1");
    expect(headers).toMatchObject({
      "content-length": String(bytes.length),
      "content-type": "application/json; charset=utf-8",
      "x-content-type-options": "nosniff",
      etag: '"1"',
      vary: "Accept-Encoding",
    });
    const ess = JSON.parse(bytes.toString()) as { state: number[]; context: string };
    expect(ess.context).toBe(context);
    expect(ess.state.map(Math.fround)).toEqual(state);
  });

  it("comes compressed, with an ETag of its own", async () => {
    const { headers, bytes } = await get("/v1/ess/wide/1", { "accept-encoding": "gzip" });
    expect(headers).toMatchObject({ "content-encoding": "gzip", etag: '"1-gzip"', vary: "Accept-Encoding" });
    expect(gunzipSync(bytes).equals((await get("/v1/ess/wide/1")).bytes)).toBe(true);
  });

  it("has the same length in its head alone", async () => {
    const { headers, bytes } = await get("/v1/ess/wide/1", {}, "HEAD");
    expect(bytes).toHaveLength(0);
    expect(headers["content-length"]).toBe((await get("/v1/ess/wide/1")).headers["content-length"]);
  });

  it("is a prediction's too", async () => {
    const { status, json } = await server.post("/v1/predictions/raw", { module_id: "wide", current_state: 1, n: 3 });
    expect(status).toBe(200);
    const [twin] = json.current_state as { state: number[] }[];
    expect(twin?.state.map(Math.fround)).toEqual(state);
  });
});
