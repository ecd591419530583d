import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

const create = (module_id: string, hash: string, input: string) =>
  server.post("/v1/embedding", { module_id, input, hash });

describe("states with a text behind them", () => {
  beforeAll(async () => {
    await create("mood", "h1", "everybody is tired");
    await create("mood", "h2", "everybody is awake");
    const rows = [
      { state: [1, 2], embedding_input: 1 },
      { state: [3, 4.5] },
      { state: [5, 6], embedding_input: 2 },
      { state: [7, 8], embedding_input: 99 },
    ];
    for (const row of rows) await server.post("/v1/ess", { module_id: "mood", valence: 5, ...row });
    await server.post("/v1/ess", { module_id: "warmth", state: [30.48], valence: 5 });
    await create("dial", "h", "turned up");
    await server.post("/v1/ess", { module_id: "dial", state: [11], valence: 5, embedding_input: 1 });
  });

  const pretty = async (module: string, id: number) => (await server.get(`/v1/ess/${module}/pretty/${id}`)).json;

  it("are found by their embedding", async () => {
    expect((await server.get("/v1/ess/mood/embedding/2")).json).toMatchObject({ id: 3, embedding_input: 2 });
    const unused = await server.get("/v1/ess/warmth/embedding/1");
    expect(unused.status).toBe(404);
    expect(unused.headers["x-error-code"]).toBe("ess_not_found");
  });

  it.each([
    ["its text", "mood", 1, { state: null, state_str: "everybody is tired", state_float: null, embedding_input: null }],
    ["its text where it is one number", "dial", 1, { state: null, state_str: "turned up", state_float: null }],
    ["its numbers where it has no embedding", "mood", 2, { state: ["3", "4.5"], state_str: null, state_float: null }],
    ["its numbers where nothing is behind it", "mood", 4, { state: ["7", "8"], state_str: null, embedding_input: 99 }],
    ["its number where that is all", "warmth", 1, { state: null, state_str: null, state_float: 30.48 }],
  ])("tell %s", async (_name, module, id, expected) => {
    const json = await pretty(module, id);
    expect(json).toMatchObject(expected);
    expect(Object.keys(json)).toHaveLength(21);
    expect(json.created_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC$/);
  });

  it("tell an aggregate by one string a component, aggregates among them included", async () => {
    const aggregate = (module_id: string, modules: string[], ids: number[]) =>
      server.post("/v1/ess", { module_id, state: [], valence: 0, aggregate_id: ids, aggregate_module_id: modules });
    await aggregate("both", ["mood", "warmth", "mood", "mood"], [1, 1, 2, 4]);
    await aggregate("nested", ["both", "dial"], [1, 1]);
    expect(await pretty("both", 1)).toMatchObject({
      state: ["everybody is tired", "30.48", "3, 4.5", "7, 8"],
      state_str: null,
      state_float: null,
      embedding_input: null,
      aggregate_emb_inp: [1, null, null, 99],
    });
    expect((await pretty("nested", 1)).state).toEqual(["1, 2, 30.48, 3, 4.5, 7, 8", "turned up"]);
  });

  it("follow the text as it stands, and fall back to numbers once it is gone", async () => {
    await create("fresh", "h", "before");
    await server.post("/v1/ess", { module_id: "fresh", state: [1], valence: 0, embedding_input: 1 });
    await server.patch("/v1/embedding/fresh/1", { module_id: "fresh", input: "after", hash: "h" });
    expect((await pretty("fresh", 1)).state_str).toBe("after");
    await server.delete("/v1/embedding/fresh/1");
    expect(await pretty("fresh", 1)).toMatchObject({ state_str: null, state_float: 1, embedding_input: 1 });
    expect((await server.get("/v1/ess/fresh/embedding/1")).json.id).toBe(1);
  });

  it("do not take the texts of another module", async () => {
    await server.post("/v1/ess", { module_id: "stranger", state: [2], valence: 0, embedding_input: 1 });
    expect(await pretty("stranger", 1)).toMatchObject({ state_str: null, state_float: 2 });
  });
});
