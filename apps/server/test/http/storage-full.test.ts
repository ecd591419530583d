import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

const context = "x".repeat(50_000);
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ECA_DATA_LIMIT: "2MiB" });
  await server.post("/v1/ess", { module_id: "m", state: [1, 2, 3], valence: 1 });
});

const write = (text = context) => server.post("/v1/sequence", { module_id: "m", instance_id: 1, context: text });
const ready = async () => (await server.call({ path: "/readyz", token: null })).status;

/** Writes until the server refuses; answers the ids that it acknowledged, and the refusal. */
async function fill(): Promise<{ ids: number[]; refusal: Answer }> {
  const ids: number[] = [];
  for (;;) {
    const answer = await write();
    if (answer.status !== 201) return { ids, refusal: answer };
    ids.push(answer.json.id);
  }
}

describe("a full store", () => {
  it("refuses writes in words, goes on reading, and takes writes again by itself once there is room", async () => {
    expect(await ready()).toBe(200);
    const { ids, refusal } = await fill();
    expect(refusal).toMatchObject({
      status: 507,
      headers: { "x-error-code": "storage_full" },
      json: { errors: ["the data folder is full; nothing was changed, reads go on"] },
    });
    expect(ids.length).toBeGreaterThan(10);
    // Many at once are refused like one, and none is half there.
    const refused = await Promise.all(Array.from({ length: 8 }, () => write()));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([507]));

    expect((await server.get("/v1/sequence/m")).json.map(({ id }: { id: number }) => id)).toEqual(ids);
    expect((await server.get("/v1/ess/m/1")).json.state).toEqual([1, 2, 3]);
    expect((await server.post("/v1/ess/search", { module_id: "m", state: [1, 2, 3] })).json[0].score).toBe(0);
    expect((await server.get("/v1/module/m")).json).toMatchObject({ sequence_count: ids.length });
    expect((await server.call({ path: "/healthz", token: null })).status).toBe(200);
    const notReady = await server.call({ path: "/readyz", token: null });
    expect(notReady).toMatchObject({ status: 503, headers: { "x-error-code": "unavailable" } });
    expect(notReady.json.errors).toEqual(["the data folder is full; reads go on"]);
    const metrics = (await server.get("/metrics")).text;
    expect(metrics).toMatch(/^eca_http_errors_total\{code="storage_full"\} 9$/m);
    expect(Number(/^eca_store_free_bytes (\d+)$/m.exec(metrics)?.[1])).toBeLessThan(100_000);

    // More than a MiB of them: less would leave the server on the brink.
    const half = ids.slice(0, 25);
    for (const id of half) expect((await server.delete(`/v1/sequence/m/${id}`)).status).toBe(200);
    expect(await ready()).toBe(200);
    expect((await write()).json).toMatchObject({ id: ids.length + 1 });

    await server.restart();
    const left = (await server.get("/v1/sequence/m")).json.map(({ id }: { id: number }) => id);
    expect(left).toEqual([...ids.slice(half.length), ids.length + 1]);
  });

  it("deletes rows whenever it is asked to, as what a delete takes is less than it gives", async () => {
    await fill();
    // More deletes than entries of the audit log stand on a page, each with no room left even for a little.
    for (let round = 0; round < 25; round++) {
      while ((await write("x".repeat(3_000))).status === 201);
      const [oldest] = (await server.get("/v1/sequence/m?limit=1")).json;
      expect(await server.delete(`/v1/sequence/m/${oldest.id}`)).toMatchObject({ status: 200 });
    }
  });
});
