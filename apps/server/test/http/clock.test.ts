import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const day = 86_400_000_000;
const start = 1_700_000_000_000_000;

describe("a server whose clock was set back while it was stopped", () => {
  let now = start;
  let server: TestServer;
  const append = () => server.post("/v1/sequence", { module_id: "m", instance_id: 1 });

  beforeAll(async () => {
    // Each look at it is a microsecond later.
    server = await startTestServer({}, { clock: () => (now += 1) });
    await server.post("/v1/ess", { module_id: "m", state: [1], valence: 0 });
    for (let count = 0; count < 3; count++) await append();
    await server.post("/v1/document", { doc_id: "d", text: "text" });
    now = start - day;
    await server.restart();
    await server.login();
  });

  it("changes no row before it was created", async () => {
    for (const [path, body] of [
      ["/v1/ess/m/1", { module_id: "m", state: [2], valence: 0 }],
      ["/v1/sequence/m/1", { module_id: "m", instance_id: 1, status: "e" }],
      ["/v1/document/1", { doc_id: "d", text: "another text" }],
    ] as const) {
      const { status, json } = await server.patch(path, body);
      expect(status).toBe(200);
      expect(json.updated_at > json.created_at).toBe(true);
    }
  });

  it("appends rows behind those that are there, in the order of time too", async () => {
    const { json: added } = await append();
    const { json: rows } = await server.get("/v1/sequence/m?from=2000-01-01T00:00:00Z");
    expect(rows.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3, added.id]);
  });

  it("goes on: time passes for it as for the clock", async () => {
    const { json: first } = await append();
    now += day;
    const { json: second } = await append();
    expect(Date.parse(second.created_at) - Date.parse(first.created_at)).toBeGreaterThanOrEqual(day / 1000);
  });

  it("says so", () => {
    const seconds = server.logs.flatMap((line) => (line.includes("behind the newest row") ? [JSON.parse(line)] : []));
    expect(seconds).toMatchObject([{ level: 40, seconds: 86_400 }]);
  });
});
