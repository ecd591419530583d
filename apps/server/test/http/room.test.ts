import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

/** A smart room through its day: air quality index, temperature, occupancy, air conditioner, purifier. */
const twins = ["air_quality_index", "temperature", "occupancy", "air_conditioner", "purifier"];
const rows = [
  [30, 28, 4, 20, 1],
  [40, 24, 5, 20, 1],
  [30, 28, 4, 20, 1],
  [90, 29, 10, 25, 2],
  [40, 28, 5, 25, 1],
  [30, 28, 4, 20, 1],
];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

/** Finds the state of a twin, or stores it; then notes that it occurred. */
async function observe(module_id: string, value: number): Promise<number> {
  const found = await server.post("/v1/ess/search", { module_id, state: [value], limit: 1 });
  const known = found.json[0]?.score === 0;
  const id: number = known
    ? found.json[0].ess.id
    : (await server.post("/v1/ess", { module_id, state: [value], valence: 50 })).json.id;
  const entry = await server.post("/v1/sequence", { module_id, instance_id: id, status: known ? "e" : "n" });
  expect(entry.status).toBe(201);
  return id;
}

describe("a room", () => {
  it("is remembered: distinct states, their occurrences, one aggregate a row", async () => {
    for (const row of rows) {
      const ids: number[] = [];
      for (const [index, value] of row.entries()) ids.push(await observe(twins[index] ?? "", value));
      const aggregate = await server.post("/v1/ess", {
        module_id: "room",
        state: [],
        valence: 0,
        aggregate_id: ids,
        aggregate_module_id: twins,
      });
      expect(aggregate.json.state).toEqual(row);
    }
    for (const [index, twin] of twins.entries()) {
      const { json: states } = await server.get(`/v1/ess/${twin}`);
      const values = rows.map((row) => row[index]);
      expect(states.map((ess: { state: number[] }) => ess.state[0])).toEqual([...new Set(values)]);
      const { json: occurred } = await server.get(`/v1/ess/${twin}/sequence`);
      expect(occurred.map((ess: { state: number[] }) => ess.state[0])).toEqual(values.toReversed());
    }
    expect((await server.get("/v1/ess/temperature/aggregate/room/1")).json.map((e: { id: number }) => e.id)).toEqual([
      6, 5, 3, 1,
    ]);
  });

  it("gives the original's own tour", async () => {
    const state = { module_id: "aggregate001", state: [25.0, 70.0, 10.0], valence: 10, score: 5 };
    const { json: ess } = await server.post("/v1/ess", state);
    await server.post("/v1/sequence", { module_id: "aggregate001", instance_id: ess.id, status: "e" });
    const { json } = await server.get("/v1/sequence/aggregate001");
    expect(json).toMatchObject([{ id: 1, module_id: "aggregate001", instance_id: ess.id, status: "e" }]);
  });
});
