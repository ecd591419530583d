import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { responseContent } from "../../src/store/conformance/contents.fixture.js";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;
let folder: string;

const content = responseContent({
  name: "room",
  percept: 4,
  response: 7,
  percept_ess_ids: [1, 2],
  response_ess_ids: [3, 2],
  percept_names: ["25", "everybody is tired"],
  response_names: ["26", "everybody is tired"],
  twin_module_id: "room",
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-responses-"));
  const store = await openSqliteStore({ folder });
  await store.transact(async (tx) => {
    await tx.insertResponse(content, Date.parse("2023-05-03T13:05:00Z") * 1000 + 7);
    await tx.insertResponse(responseContent({ percept_ess_ids: [], percept_names: [] }), 1);
  });
  await store.close();
  server = await startTestServer({ ECA_DATA: folder, ECA_CONFIRM_CLOCK: "always" });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const told = {
  id: 1,
  ...content,
  created_at: "2023-05-03T13:05:00.000007Z",
  updated_at: "2023-05-03T13:05:00.000007Z",
};

describe("responses", () => {
  it("are told with exactly the 12 keys, their lists as lists", async () => {
    const answer = await server.call({ path: "/v1/response/1", body: "null" });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(told);
    expect(Object.keys(answer.json)).toHaveLength(12);
  });

  it("are listed by id", async () => {
    const { status, json } = await server.call({ path: "/v1/response", body: "null" });
    expect(status).toBe(200);
    expect(json[0]).toEqual(told);
    expect(json[1]).toMatchObject({ id: 2, percept_ess_ids: [], percept_names: [] });
    expect(json).toHaveLength(2);
  });

  it("are none on a new server, and never null", async () => {
    const fresh = await startTestServer();
    expect((await fresh.get("/v1/response")).text).toBe("[]");
  });

  it.each([0, 3, -1])("%d: 404", async (id) => {
    const answer = await server.get(`/v1/response/${id}`);
    expect(answer.status).toBe(404);
    expect(answer.headers["x-error-code"]).toBe("response_not_found");
    expect(answer.json).toEqual({ errors: [`no response ${id}`] });
  });

  it("are written by predictions alone", async () => {
    expect((await server.post("/v1/response", content)).status).toBe(405);
  });
});
