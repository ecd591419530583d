import { beforeAll, describe, expect, it } from "vitest";
import { connectLive } from "../live-client.fixture.js";
import { isFloatText, numberTokensOf } from "../number-tokens.fixture.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const module_id of ["temp", "occ"]) {
    for (const state of [[8], [9], [-0.5]]) await server.post("/v1/ess", { module_id, state, valence: 50, score: 2 });
    for (const instance_id of [1, 2, 1]) await server.post("/v1/sequence", { module_id, instance_id });
  }
  await server.post("/v1/ess", { module_id: "temp", state: [12], valence: -90, embedding_input: 3 });
  await server.post("/v1/ess", aggregate([1, 1]));
  await server.post("/v1/ess", aggregate([2, 2]));
  for (const instance_id of [1, 2]) await server.post("/v1/sequence", { module_id: "room", instance_id });
});

const aggregate = (aggregate_id: number[]) => ({
  module_id: "room",
  state: [],
  valence: 0,
  aggregate_id,
  aggregate_module_id: ["temp", "occ"],
});

/** The floats of the wire. The score of a state counts, that of a search result measures. */
const floats = new Set([
  "state",
  "valence",
  "avg_ess_valence",
  "aggregate_valence",
  "state_float",
  "seconds",
  "request_seconds",
  "reply_seconds",
  "kept_reply_seconds",
]);

/** Numbers of a reply that are not written as their field's type is: floats without a point, whole numbers with one. */
function wronglyWritten(text: string): string[] {
  const isSearch = JSON.parse(text)[0]?.ess !== undefined;
  const numbers = numberTokensOf(text);
  expect(numbers.length).toBeGreaterThan(0);
  return numbers
    .filter(({ path, text: number }) => {
      const isFloat = floats.has(path.split(".").at(-1) ?? "") || (isSearch && path === "score");
      return isFloat !== isFloatText(number);
    })
    .map(({ path, text: number }) => `${path}: ${number}`);
}

const keyed = (path: string, body: unknown, key: string) =>
  server.call({ method: "POST", path, body, headers: { "idempotency-key": key } });

const plain = { module_id: "own", state: [8, 0, -3], valence: 50 };
const search = { module_id: "temp", state: [8], limit: 3 };

const calls: [name: string, call: () => Promise<Answer>][] = [
  ["POST /ess", () => server.post("/v1/ess", plain)],
  ["POST /ess of an aggregate", () => server.post("/v1/ess", aggregate([1, 2]))],
  ["PATCH /ess", () => server.patch("/v1/ess/own/1", plain)],
  ["PUT /ess upsert", () => server.call({ method: "PUT", path: "/v1/ess/temp/upsert/1" })],
  ["GET /ess", () => server.get("/v1/ess/temp")],
  ["GET /ess in pages", () => server.get("/v1/ess/room?limit=1")],
  ["GET one ESS", () => server.get("/v1/ess/room/1")],
  ["GET the states of a log", () => server.get("/v1/ess/temp/sequence")],
  ["GET the state of an entry", () => server.get("/v1/ess/temp/sequence/-1")],
  ["GET a state by its embedding", () => server.get("/v1/ess/temp/embedding/3")],
  ["GET the aggregates of a state", () => server.get("/v1/ess/temp/aggregate/room/1")],
  ["GET a state in texts", () => server.get("/v1/ess/temp/pretty/1")],
  ["GET an aggregate in texts", () => server.get("/v1/ess/room/pretty/1")],
  ["POST /ess/search", () => server.post("/v1/ess/search", search)],
  ["POST /predictions/raw", () => server.post("/v1/predictions/raw", { module_id: "temp", n: 3 })],
  ["POST /predictions/raw of an aggregate", () => server.post("/v1/predictions/raw", { module_id: "room", n: 3 })],
  ["GET /limits", () => server.get("/v1/limits")],
  ["GET /module", () => server.get("/v1/module")],
];

describe("numbers that are floats have a point, whole numbers have none", () => {
  it.each(calls)("%s", async (_, call) => {
    const answer = await call();
    expect(answer.status).toBeLessThan(300);
    expect(wronglyWritten(answer.text)).toEqual([]);
  });

  it("byte for byte as it was recorded", async () => {
    const { text } = await server.get("/v1/ess/temp/1");
    expect(text).toContain('"state":[8.0],"valence":50.0,"score":2,"avg_ess_valence":0.0,"avg_ess_score":0,');
    expect(text).toContain('"aggregate_valence":[],');
    expect((await server.get("/v1/ess/room/1")).text).toContain(
      '"aggregate_valence":[50.0,50.0],"aggregate_score":[2,2]',
    );
    expect((await server.post("/v1/ess/search", search)).text).toMatch(/^\[\{"score":0\.0,"ess":\{"id":1,/);
  });

  it("in a reply that is kept under a key, and in its replay", async () => {
    for (const [path, body] of [
      ["/v1/ess", { ...plain, module_id: "kept" }],
      ["/v1/ess/search", search],
      ["/v1/predictions/raw", { module_id: "temp" }],
    ] as const) {
      const first = await keyed(path, body, `"key of ${path}"`);
      const again = await keyed(path, body, `"key of ${path}"`);
      expect(again.headers["idempotency-replayed"]).toBe("true");
      expect(wronglyWritten(first.text)).toEqual([]);
      expect(again.text).toBe(first.text);
    }
  });

  it("in a list that is streamed, and in each of its pages", async () => {
    for (let row = 0; row < 40; row++) {
      const state = Array.from({ length: 500 }, (_, place) => (row * place) % 7);
      await server.post("/v1/ess", { module_id: "wide", state, valence: row });
    }
    const whole = await server.get("/v1/ess/wide");
    expect(whole.headers["transfer-encoding"]).toBe("chunked");
    expect(wronglyWritten(whole.text)).toEqual([]);
    const page = await server.get("/v1/ess/wide?limit=40");
    expect(page.text).toBe(whole.text);
  });

  it("in the frames of a live socket, which are the bytes that GET replies with", async () => {
    const client = await connectLive(server.url, server.token);
    client.model({ module_id: "room", sync_once: true });
    expect(await client.nextText()).toBe((await server.get("/v1/ess/room/3")).text);
    client.model({ module_id: "temp", sync_once: true, pretty: true });
    const frame = await client.nextText();
    expect(wronglyWritten(frame)).toEqual([]);
    client.model({ module_id: "room", object: "sequence", sync_once: true });
    expect(await client.nextText()).toBe((await server.get("/v1/sequence/room/-1")).text);
    client.socket.terminate();
    await client.closed;
  });

  it("and what was written comes back as it was read, ETag and all", async () => {
    const { text, headers } = await server.get("/v1/ess/room/1");
    const known = { "if-none-match": String(headers["etag"]) };
    expect((await server.call({ path: "/v1/ess/room/1", headers: known })).status).toBe(304);
    const back = await server.call({ method: "PATCH", path: "/v1/ess/room/1", body: text });
    const { updated_at: _, ...rest } = JSON.parse(text);
    expect(back.json).toMatchObject(rest);
  });
});
