import { beforeAll, describe, expect, it } from "vitest";
import { day, Machine, second } from "../machine.fixture.js";
import { credentials, startTestServer, type TestServer } from "../test-server.fixture.js";

const hour = 3600 * second;
const micros = (timestamp: string): number => Date.parse(timestamp) * 1000;

/** The texts of the warnings about the clock. */
function warnings(server: TestServer): { clock: string; seconds: number; level: number }[] {
  return server.logs.flatMap((line) => (line.includes('"clock":') ? [JSON.parse(line)] : []));
}

describe("a server whose clock was set back while it was stopped", () => {
  const machine = new Machine();
  let server: TestServer;
  const append = () => server.post("/v1/sequence", { module_id: "m", instance_id: 1 });

  beforeAll(async () => {
    server = await startTestServer({}, { time: machine });
    await server.post("/v1/ess", { module_id: "m", state: [1], valence: 0 });
    for (let count = 0; count < 3; count++) await append();
    await server.post("/v1/document", { doc_id: "d", text: "text" });
    await server.restart(() => machine.set(-day));
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

  it("goes on while the clock catches up, and goes by it from then on", async () => {
    const { json: first } = await append();
    machine.pass(day);
    const { json: next } = await append();
    expect(micros(next.created_at) - micros(first.created_at)).toBeGreaterThan(day / 3);
    machine.pass(2 * day);
    const { json: last } = await append();
    expect(Math.abs(micros(last.created_at) - (machine.now - day))).toBeLessThan(second);
  });

  it("says so", () => {
    expect(warnings(server)).toMatchObject([{ level: 40, clock: "behind", seconds: 86_400 }]);
  });
});

describe("a running server whose clock is set", () => {
  let machine: Machine;
  let server: TestServer;
  beforeAll(async () => {
    machine = new Machine();
    server = await startTestServer({}, { time: machine });
    for (const module_id of ["before", "meanwhile"])
      await server.post("/v1/ess", { module_id, state: [1], valence: 0 });
  });
  const append = async (module_id: string) => (await server.post("/v1/sequence", { module_id, instance_id: 1 })).json;
  const isNow = (timestamp: string, offset = 0) =>
    expect(Math.abs(micros(timestamp) - machine.now - offset)).toBeLessThan(second);

  it("stamps rows by it at once, where `from` finds them, and lets what has expired expire", async () => {
    const expires_at = new Date(Math.floor((machine.now + 30 * day) / 1000)).toISOString();
    const { json: key } = await server.post("/v1/key", { name: "k", role: "reader", expires_at });
    const withKey = () => server.call({ path: "/v1/module", token: key.token });
    await append("before");
    expect((await withKey()).status).toBe(200);

    // A board without a battery gets the time from the network; a machine wakes up.
    machine.set(1826 * day);
    expect([(await withKey()).status, (await server.get("/v1/session")).status]).toEqual([401, 401]);
    await server.login();
    const late = await append("meanwhile");
    isNow(late.created_at, 1826 * day);
    const { json: rows } = await server.get(`/v1/sequence/meanwhile?from=${late.created_at.slice(0, 10)}T00:00:00Z`);
    expect(rows).toEqual([late]);
    expect(warnings(server).map(({ clock }) => clock)).toEqual(["jumped"]);
  });

  it("goes by it where it returns, as far as the order of each module's rows lets it", async () => {
    const { json: stale } = await server.get("/v1/session");
    machine.set(0);
    await server.login();
    const { json: session } = await server.get("/v1/session");
    isNow(session.created_at);
    isNow((await append("before")).created_at);
    const { json: document } = await server.post("/v1/document", { doc_id: "d", text: "text" });
    isNow(document.created_at);
    const { json: state } = await server.post("/v1/ess", { module_id: "after", state: [1], valence: 0 });
    isNow(state.created_at);

    const appended = await append("meanwhile");
    const { json: rows } = await server.get("/v1/sequence/meanwhile?from=2000-01-01T00:00:00Z");
    expect(rows.at(-1)).toEqual(appended);
    expect(appended.created_at >= rows.at(-2).created_at).toBe(true);
    expect(warnings(server).map(({ clock }) => clock)).toEqual(["jumped", "returned"]);
    expect(stale).toBeDefined();
  });

  it("never goes back by what a clock is set back by in a day", async () => {
    let last = (await append("before")).created_at;
    for (const offset of [-hour, -5 * hour, -5 * hour - second]) {
      machine.set(offset);
      for (let count = 0; count < 3; count++) {
        const { created_at } = await append("before");
        expect(created_at >= last).toBe(true);
        last = created_at;
        machine.pass(second);
      }
    }
    machine.set(0);
  });

  it("holds nobody up whose rate it counts", async () => {
    const limited = await startTestServer(
      { ECA_RATE_WRITE: "2/10s", ECA_RATE_EXEMPT: "192.0.2.1", ECA_LOGIN_FAILURES: "2/10m" },
      { time: machine },
    );
    const write = async () => (await limited.post("/v1/ess", { module_id: "m", state: [1], valence: 0 })).status;
    const guess = async () => (await limited.post("/v1/login", { ...credentials, password: "wrong" })).status;
    machine.set(1826 * day);
    await limited.login();
    expect([await write(), await write(), await write()]).toEqual([201, 201, 429]);
    expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 429]);
    // What is set lets nobody guess on, either.
    machine.set(2000 * day);
    expect(await guess()).toBe(429);
    machine.set(0);
    machine.pass(600 * second);
    await limited.login();
    expect([await write(), await guess()]).toEqual([201, 401]);
  });
});
