import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const essKeys = [
  "aggregate_context",
  "aggregate_emb_inp",
  "aggregate_id",
  "aggregate_module_id",
  "aggregate_score",
  "aggregate_shape",
  "aggregate_valence",
  "avg_ess_score",
  "avg_ess_valence",
  "context",
  "created_at",
  "embedding_input",
  "id",
  "module_id",
  "score",
  "state",
  "total_ess_score",
  "updated_at",
  "valence",
];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

const create = (module_id: string, state: number[], more: object = {}) =>
  server.post("/v1/ess", { module_id, state, valence: 10, ...more });

describe("create", () => {
  it("answers 201 with exactly the 19 keys", async () => {
    const answer = await create("keys", [25, 70, 10], { score: 5 });
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json).sort()).toEqual(essKeys);
    expect(answer.json).toMatchObject({ id: 1, module_id: "keys", state: [25, 70, 10], valence: 10, score: 5 });
    expect(answer.json.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(answer.json.updated_at).toBe(answer.json.created_at);
  });

  it("counts ids per module and does not merge equal states", async () => {
    const ids = [];
    for (const module_id of ["a", "b", "a", "a", "b"]) ids.push((await create(module_id, [1])).json.id);
    expect(ids).toEqual([1, 1, 2, 3, 2]);
  });

  it("rounds to 32-bit floats and prints the shortest", async () => {
    const { json } = await create("f32", [26469.581684007026, 25.3, -0, 0.1]);
    expect(json.state).toEqual([26469.582, 25.3, 0, 0.1]);
    expect((await server.get("/v1/ess/f32/1")).text).toContain('"state":[26469.582,25.3,0.0,0.1]');
  });

  it("fixes the shape by the first row", async () => {
    await create("shape", [1, 2, 3]);
    const answer = await create("shape", [1, 2]);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ errors: ['state has 2 numbers, module "shape" has shape 3'] });
    expect((await server.get("/v1/module/shape")).json).toMatchObject({ shape: 3, ess_count: 1, revision: 1 });
  });

  it("takes a state of 10,800 floats", async () => {
    const state = Array.from({ length: 10_800 }, (_, index) => Math.sin(index) * 1000);
    const answer = await create("long", state);
    expect(answer.status).toBe(201);
    expect(answer.json.state.map(Math.fround)).toEqual(state.map(Math.fround));
  });

  it.each([
    ["an empty state", { state: [] }, /state is empty/],
    ["a number beyond f32", { state: [1e39] }, /state\[0\] is 1e\+39/],
    ["no valence", { state: [1], valence: undefined }, /^valence/],
    ["a fractional score", { state: [1], score: 1.5 }, /^score/],
  ])("refuses %s and creates nothing", async (_name, more, text) => {
    const answer = await create("refused", [1], more);
    expect(answer.status).toBe(400);
    expect(answer.json.errors[0]).toMatch(text);
    expect((await server.get("/v1/module/refused")).status).toBe(404);
  });

  it("keeps a module that is named like a part of JavaScript", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect((await create(name, [1])).status).toBe(201);
      expect((await server.get(`/v1/ess/${name}`)).json).toHaveLength(1);
    }
  });
});

describe("read", () => {
  it("lists a module by id, and an empty list never is null", async () => {
    for (const number of [3, 1, 2]) await create("list", [number]);
    const { json } = await server.get("/v1/ess/list");
    expect(json.map((ess: { state: number[] }) => ess.state[0])).toEqual([3, 1, 2]);
    expect((await server.get("/v1/sequence/list")).text).toBe("[]");
  });

  it("lists more than a page, whole", async () => {
    await Promise.all(Array.from({ length: 1203 }, (_, index) => create("many", [index])));
    const { json } = await server.get("/v1/ess/many");
    expect(json.map((ess: { id: number }) => ess.id)).toEqual(Array.from({ length: 1203 }, (_, index) => index + 1));
  });

  it.each(["/v1/ess/nobody", "/v1/ess/nobody/1", "/v1/ess/nobody/sequence", "/v1/ess/nobody/pretty/1"])(
    "%s: 404, the module is unknown",
    async (path) => {
      const answer = await server.get(path);
      expect(answer.status).toBe(404);
      expect(answer.headers["x-error-code"]).toBe("module_not_found");
    },
  );

  it.each([0, 2, -1, -7, 9007199254740991])("has no row %d", async (id) => {
    await create("rows", [1]);
    const answer = await server.get(`/v1/ess/rows/${id === 2 ? 999 : id}`);
    expect(answer.status).toBe(404);
    expect(answer.headers["x-error-code"]).toBe("ess_not_found");
  });

  it("tells the states of a sequence newest first, repeats kept", async () => {
    await create("walked", [1]);
    await create("walked", [2]);
    for (const instance_id of [1, 2, 1, 1]) await server.post("/v1/sequence", { module_id: "walked", instance_id });
    const { json } = await server.get("/v1/ess/walked/sequence");
    expect(json.map((ess: { id: number }) => ess.id)).toEqual([1, 1, 2, 1]);
    expect((await server.get("/v1/ess/walked/sequence/2")).json.id).toBe(2);
    expect((await server.get("/v1/ess/walked/sequence/-1")).json.id).toBe(1);
    expect((await server.get("/v1/ess/walked/sequence/5")).status).toBe(404);
  });

  it("has no latest entry before there is one", async () => {
    await create("unwalked", [1]);
    expect((await server.get("/v1/ess/unwalked/sequence")).json).toEqual([]);
    const answer = await server.get("/v1/ess/unwalked/sequence/-1");
    expect(answer.status).toBe(404);
    expect(answer.json.errors).toEqual(['module "unwalked" has no sequence yet']);
  });

  it("finds the first state with an embedding input", async () => {
    await create("embedded", [1]);
    await create("embedded", [2], { embedding_input: 7 });
    await create("embedded", [3], { embedding_input: 7 });
    expect((await server.get("/v1/ess/embedded/embedding/7")).json.id).toBe(2);
    expect((await server.get("/v1/ess/embedded/embedding/8")).status).toBe(404);
  });

  it("upsert answers the row", async () => {
    const { json } = await create("again", [4]);
    const answer = await server.call({ method: "PUT", path: "/v1/ess/again/upsert/1", body: "null" });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(json);
    expect((await server.call({ method: "PUT", path: "/v1/ess/again/upsert/2" })).status).toBe(404);
  });
});

describe("update", () => {
  it("replaces all, keeps created_at and moves updated_at", async () => {
    const { json: before } = await create("patched", [1], { context: "old", score: 3, embedding_input: 4 });
    const answer = await server.patch("/v1/ess/patched/1", { module_id: "patched", state: [2], valence: -5 });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      id: 1,
      state: [2],
      valence: -5,
      context: null,
      score: 0,
      embedding_input: null,
    });
    expect(answer.json.created_at).toBe(before.created_at);
    expect(answer.json.updated_at > before.updated_at).toBe(true);
    expect((await server.get("/v1/ess/patched/1")).json).toEqual(answer.json);
  });

  it.each([
    ["another shape", "/v1/ess/fixed/1", { module_id: "fixed", state: [1, 2], valence: 1 }, 400],
    ["another module", "/v1/ess/fixed/1", { module_id: "other", state: [1], valence: 1 }, 400],
    ["no such row", "/v1/ess/fixed/9", { module_id: "fixed", state: [1], valence: 1 }, 404],
    ["no such module", "/v1/ess/none/1", { module_id: "none", state: [1], valence: 1 }, 404],
    ["a part of a row", "/v1/ess/fixed/1", { valence: 1 }, 400],
  ])("%s: refused, nothing changes", async (_name, path, body, status) => {
    if ((await server.get("/v1/module/fixed")).status === 404) await create("fixed", [1]);
    const before = await server.get("/v1/ess/fixed");
    expect((await server.patch(path, body)).status).toBe(status);
    expect((await server.get("/v1/ess/fixed")).text).toBe(before.text);
  });
});

describe("pretty", () => {
  it("tells one number as a float", async () => {
    await create("one", [30.48]);
    const { json } = await server.get("/v1/ess/one/pretty/1");
    expect(json).toMatchObject({ state: null, state_str: null, state_float: 30.48 });
    expect(Object.keys(json).sort()).toEqual([...essKeys, "state_float", "state_str"].sort());
    expect(json.created_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC$/);
  });

  it("tells more numbers in their shortest form", async () => {
    await create("three", [8, 30.48, 26469.581684007026]);
    const { json } = await server.get("/v1/ess/three/pretty/1");
    expect(json).toMatchObject({ state: ["8", "30.48", "26469.582"], state_str: null, state_float: null });
  });

  it("tells an aggregate as one string a component", async () => {
    await create("left", [1.5]);
    await create("right", [2, 3]);
    await server.post("/v1/ess", {
      module_id: "both",
      state: [],
      valence: 0,
      aggregate_id: [1, 1],
      aggregate_module_id: ["left", "right"],
    });
    const { json } = await server.get("/v1/ess/both/pretty/1");
    expect(json.state).toEqual(["1.5", "2, 3"]);
  });
});

describe("module", () => {
  it("tells shape, counts, revision and last activity", async () => {
    await create("told", [1, 2]);
    await create("told", [3, 4]);
    await server.post("/v1/sequence", { module_id: "told", instance_id: 2 });
    const { json } = await server.get("/v1/module/told");
    const { json: entry } = await server.get("/v1/sequence/told/-1");
    expect(json).toMatchObject({ module_id: "told", shape: 2, ess_count: 2, sequence_count: 1, revision: 3 });
    expect(json.last_activity_at).toBe(entry.created_at);
    await server.delete("/v1/sequence/told/1");
    expect((await server.get("/v1/module/told")).json).toMatchObject({ sequence_count: 0, revision: 4 });
  });

  it("lists all modules by id", async () => {
    const { json } = await server.get("/v1/module");
    const ids = json.map((module: { module_id: string }) => module.module_id);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toContain("told");
    expect((await server.get("/v1/module/nobody")).status).toBe(404);
  });
});
