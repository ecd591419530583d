import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

/** The components of the known answer: module, state, valence, score. */
const components = [
  ["air_conditioner", [25], 90, 18],
  ["air_quality_index", [90], -90, 1],
  ["occupancy", [10], -90, 6],
  ["purifier", [2], 90, 1],
  ["temperature", [29], -90, 2],
] as const;

const names = components.map(([module_id]) => module_id);
const minimal = { state: [], valence: 0, aggregate_id: [1, 1, 1, 1, 1], aggregate_module_id: names };
const full = {
  state: [25, 90, 10, 2, 29],
  valence: -90,
  avg_ess_valence: -18,
  total_ess_score: 28,
  avg_ess_score: 5,
  aggregate_id: [1, 1, 1, 1, 1],
  aggregate_module_id: names,
  aggregate_shape: [1, 1, 1, 1, 1],
  aggregate_valence: [90, -90, -90, 90, -90],
  aggregate_score: [18, 1, 6, 1, 2],
  aggregate_context: [null, null, null, null, null],
  aggregate_emb_inp: [null, null, null, null, null],
};

beforeAll(async () => {
  server = await startTestServer();
  for (const [module_id, state, valence, score] of components) {
    await server.post("/v1/ess", { module_id, state, valence, score });
  }
  await server.post("/v1/ess", { module_id: "wide", state: [1, 2, 3], valence: 5, score: 4, context: "w" });
});

const create = (module_id: string, body: object) => server.post("/v1/ess", { module_id, ...body });

describe("a minimal aggregate", () => {
  it("is filled in as in the known answer", async () => {
    const answer = await create("room", { ...minimal, score: 3, context: "noon", valence: 12 });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ ...full, score: 3, context: "noon" });
  });

  it.each([
    [26, [18, 1, 4, 1, 2], 5],
    [33, [18, 1, 11, 1, 2], 6],
    [-7, [0, 0, -7, 0, 0], -1],
  ])("truncates the average of a total of %d toward zero", async (total, scores, average) => {
    const modules = scores.map((_, index) => `t${total}_${index}`);
    for (const [index, score] of scores.entries()) {
      await create(modules[index] ?? "", { state: [index], valence: 0, score });
    }
    const { json } = await create(`t${total}`, {
      state: [],
      valence: 0,
      aggregate_id: [1, 1, 1, 1, 1],
      aggregate_module_id: modules,
    });
    expect(json).toMatchObject({ total_ess_score: total, avg_ess_score: average });
  });

  it("joins states of any shape, and may have aggregates as components", async () => {
    await create("inner", { state: [], valence: 0, aggregate_id: [1, 1], aggregate_module_id: ["wide", "purifier"] });
    const { json } = await create("outer", {
      state: [],
      valence: 0,
      aggregate_id: [1, 1],
      aggregate_module_id: ["inner", "temperature"],
    });
    expect(json).toMatchObject({
      state: [1, 2, 3, 2, 29],
      valence: 5,
      aggregate_shape: [4, 1],
      aggregate_valence: [95, -90],
      aggregate_score: [0, 2],
      aggregate_context: [null, null],
    });
  });

  it("is refused where its sums are beyond the numbers of the wire", async () => {
    const largest = { valence: 1.7e308, score: Number.MAX_SAFE_INTEGER };
    for (const state of [[1], [2]]) await create("largest", { state, ...largest });
    const { status, json } = await create("overflowing", {
      ...minimal,
      aggregate_id: [1, 2],
      aggregate_module_id: ["largest", "largest"],
    });
    expect(status).toBe(400);
    expect(json).toEqual({
      incorrect_valence: expect.stringContaining("beyond"),
      incorrect_total_ess_sore: expect.stringContaining("beyond"),
    });
    expect((await server.get("/v1/ess/overflowing")).status).toBe(404);
  });
});

describe("a full aggregate", () => {
  it("takes no finite valence for a sum that is not finite", async () => {
    for (const state of [[1], [2]]) await create("endless", { state, valence: 1.7e308 });
    const { json } = await create("finite", {
      ...full,
      state: [1, 2],
      valence: 0,
      avg_ess_valence: 0,
      total_ess_score: 0,
      avg_ess_score: 0,
      aggregate_id: [1, 2],
      aggregate_module_id: ["endless", "endless"],
      aggregate_shape: [1, 1],
      aggregate_valence: [1.7e308, 1.7e308],
      aggregate_score: [0, 0],
      aggregate_context: [null, null],
      aggregate_emb_inp: [null, null],
    });
    expect(Object.keys(json).toSorted()).toEqual(["incorrect_avg_ess_valence", "incorrect_valence"]);
  });

  it("is verified and stored", async () => {
    const answer = await create("verified", full);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject(full);
  });

  it("compares floats to 1e-4 of their size", async () => {
    expect((await create("near", { ...full, valence: -90.005 })).status).toBe(201);
    expect((await create("far", { ...full, valence: -90.02 })).json).toHaveProperty("incorrect_valence");
  });

  it("takes sums that cancel out, rounded as floats are", async () => {
    for (const [module_id, valence] of Object.entries({ c1: 0.1, c2: 0.2, c3: -0.3 })) {
      await create(module_id, { state: [1], valence });
    }
    const nulls = [null, null, null];
    const answer = await create("cancelled", {
      state: [1, 1, 1],
      valence: 0,
      aggregate_id: [1, 1, 1],
      aggregate_module_id: ["c1", "c2", "c3"],
      aggregate_shape: [1, 1, 1],
      aggregate_valence: [0.1, 0.2, -0.3],
      aggregate_score: [0, 0, 0],
      aggregate_context: nulls,
      aggregate_emb_inp: nulls,
    });
    expect(answer.status).toBe(201);
  });

  it.each([
    ["field_length_errors", { aggregate_valence: [90] }],
    ["field_length_errors", { aggregate_shape: [1, 1, 1, 1, 2] }],
    ["invalid_module_ids", { aggregate_module_id: [...names.slice(0, 4), "nobody"] }],
    ["module_id_position", { aggregate_module_id: [...names.slice(0, 4), "nobody"] }],
    ["invalid_ess_db_ids", { aggregate_id: [1, 1, 1, 1, 9] }],
    ["verifying_ess_exists", { aggregate_id: [1, 1, 1, 1] }],
    ["ess_mismatch", { aggregate_valence: [90, -90, -90, 90, 90], valence: 90, avg_ess_valence: 18 }],
    ["ess_mismatch", { aggregate_score: [18, 1, 6, 1, 3], total_ess_score: 29 }],
    ["ess_mismatch", { aggregate_context: [null, null, null, null, "x"] }],
    ["ess_mismatch", { aggregate_emb_inp: [null, null, null, null, 1] }],
    ["ess_mismatch", { state: [25, 90, 10, 2, 30] }],
    ["ess_mismatch", { aggregate_shape: [1, 1, 1, 1, 2], state: [25, 90, 10, 2, 29, 1] }],
    ["incorrect_avg_ess_score", { avg_ess_score: 6 }],
    ["incorrect_avg_ess_valence", { avg_ess_valence: 0 }],
    ["incorrect_valence", { valence: 90 }],
    ["incorrect_total_ess_sore", { total_ess_score: 27 }],
  ])("%s: %j", async (key, wrong) => {
    const answer = await create("refused", { ...full, ...wrong });
    expect(answer.status).toBe(400);
    expect(answer.headers["x-error-code"]).toBe("invalid_aggregate");
    expect(answer.json).toHaveProperty(key);
    expect(answer.json).not.toHaveProperty("errors");
    expect((await server.get("/v1/module/refused")).status).toBe(404);
  });

  it("ess_from_aggregate: the joined state does not fit the module", async () => {
    const answer = await create("wide", minimal);
    expect(answer.json).toEqual({ ess_from_aggregate: 'the components join to 5 numbers, module "wide" has shape 3' });
  });

  it("ess_from_aggregate: a row cannot be its own component", async () => {
    await create("self", { state: [1], valence: 0 });
    const body = { module_id: "self", state: [], valence: 0, aggregate_id: [1], aggregate_module_id: ["self"] };
    const answer = await server.patch("/v1/ess/self/1", body);
    expect(answer.json).toEqual({ ess_from_aggregate: "component 0 is the aggregate itself" });
  });

  it("tells all errors of a request together", async () => {
    const answer = await create("refused", {
      ...full,
      aggregate_id: [1, 9, 1, 1, 1],
      aggregate_module_id: ["nobody", ...names.slice(1)],
      aggregate_valence: [90, -90, -90, 90, 0],
      aggregate_context: [],
      valence: 1,
      total_ess_score: 0,
    });
    expect(answer.json).toEqual({
      field_length_errors: ["aggregate_context has 0 entries, aggregate_id 5"],
      invalid_module_ids: ['no module "nobody"'],
      module_id_position: ["aggregate_module_id[0]"],
      invalid_ess_db_ids: ['aggregate_id[1] is 9, module "air_quality_index" has no such ESS'],
      ess_mismatch: ['component 4 (module "temperature", ESS 1): aggregate_valence is 0, its valence -90'],
      incorrect_total_ess_sore: "total_ess_score is 0, the scores add up to 28",
      incorrect_valence: "valence is 1, the valences add up to 0",
      incorrect_avg_ess_valence: "avg_ess_valence is -18, 0 / 5 is 0",
    });
  });
});

describe("errors of an aggregate", () => {
  // Each component that was wrong repeated a whole context: 16,384 times a mebibyte ended the process.
  it("repeat the beginning of what is long, and a thousand times at most", async () => {
    const context = "c".repeat(100_000);
    await create("talker", { state: Array.from({ length: 100 }, (_, index) => index), valence: 1, context });
    const one = await create("listener", {
      ...full,
      state: Array.from({ length: 100 }, () => -1),
      aggregate_id: [1],
      aggregate_module_id: ["talker"],
      aggregate_shape: [100],
      aggregate_valence: [1],
      aggregate_score: [0],
      aggregate_context: ["d".repeat(100_000)],
      aggregate_emb_inp: [null],
    });
    const quoted = (letter: string): string => `"${letter.repeat(64)}"... of 100000 characters`;
    const first = (numbers: readonly number[]): string => `[${numbers.join(", ")}, ...] of 100 numbers`;
    const where = 'component 0 (module "talker", ESS 1)';
    expect(one.json.ess_mismatch).toEqual([
      `${where}: aggregate_context is ${quoted("d")}, its context ${quoted("c")}`,
      `${where}: the slice of state is ${first(Array(64).fill(-1) as number[])}, its state ${first([...Array(64).keys()])}`,
    ]);
    const many = await create("crowd", {
      state: [],
      valence: 0,
      aggregate_id: Array(1200).fill(7) as number[],
      aggregate_module_id: Array(1200).fill("talker") as string[],
    });
    expect(many.status).toBe(400);
    expect(many.json.invalid_ess_db_ids).toHaveLength(1001);
    expect(many.json.invalid_ess_db_ids.at(-1)).toBe("and 200 more");
  });
});

describe("aggregates of a component", () => {
  it("are listed newest first, direct ones alone", async () => {
    await create("part", { state: [7], valence: 0 });
    const body = { state: [], valence: 0, aggregate_id: [1], aggregate_module_id: ["part"] };
    for (let round = 0; round < 3; round++) await create("whole", body);
    await create("whole of wholes", { ...body, aggregate_module_id: ["whole"] });
    const ids = async (path: string): Promise<number[]> =>
      (await server.get(path)).json.map((ess: { id: number }) => ess.id);
    expect(await ids("/v1/ess/part/aggregate/whole/1")).toEqual([3, 2, 1]);
    expect(await ids("/v1/ess/whole/aggregate/whole%20of%20wholes/1")).toEqual([1]);
    expect(await ids("/v1/ess/part/aggregate/whole%20of%20wholes/1")).toEqual([]);
    expect((await server.get("/v1/ess/part/aggregate/whole/2")).status).toBe(404);
    expect((await server.get("/v1/ess/part/aggregate/nobody/1")).status).toBe(404);
  });

  it("follow an update", async () => {
    await create("p1", { state: [1], valence: 0 });
    await create("p2", { state: [2], valence: 0 });
    const body = (part: string) => ({
      module_id: "w",
      state: [],
      valence: 0,
      aggregate_id: [1],
      aggregate_module_id: [part],
    });
    await create("w", body("p1"));
    expect((await server.patch("/v1/ess/w/1", body("p2"))).json).toMatchObject({ state: [2] });
    expect((await server.get("/v1/ess/p1/aggregate/w/1")).json).toEqual([]);
    expect((await server.get("/v1/ess/p2/aggregate/w/1")).json).toHaveLength(1);
  });
});
