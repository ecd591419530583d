import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { hashToken } from "../../src/auth/token.js";
import { openStore } from "../../src/open-store.js";
import { verifyDatabase } from "../../src/store/sqlite/maintenance/verify.js";
import { ClockJumpError } from "../../src/time/start-clock.js";
import { day, Machine, second } from "../machine.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const hour = 3600 * second;
const micros = (timestamp: string): number => Date.parse(timestamp) * 1000;

let machine: Machine;
let environment: Record<string, string>;
let server: TestServer;

async function start(): Promise<void> {
  machine = new Machine();
  environment = {};
  server = await startTestServer(environment, { time: machine });
  await server.post("/v1/ess", { module_id: "m", state: [1], valence: 0 });
}

const append = async (module_id: string) => {
  await server.post("/v1/ess", { module_id, state: [1], valence: 0 });
  return (await server.post("/v1/sequence", { module_id, instance_id: 1 })).json;
};
const isNow = (timestamp: string, offset = 0) =>
  expect(Math.abs(micros(timestamp) - machine.now - offset)).toBeLessThan(second);
const statusWith = async (token: string) => (await server.call({ path: "/v1/session", token })).status;
const clockEvents = () =>
  server.logs.flatMap((line) => (line.includes('"clock":') ? [JSON.parse(line).clock as string] : []));

describe("a start with a clock ten years ahead", () => {
  const ahead = 3652 * day;
  let token: string;
  const repeat = () =>
    server.call({
      method: "POST",
      path: "/v1/sequence",
      body: { module_id: "m", instance_id: 1, context: "once" },
      headers: { "idempotency-key": "once" },
    });

  beforeAll(async () => {
    await start();
    token = server.token;
    expect((await repeat()).headers["idempotency-replayed"]).toBeUndefined();
  });

  /** What has a time, read beside the server. */
  async function kept() {
    const store = await openStore({ folder: server.folder, shared: true });
    try {
      const entries = await store.auditPage({ order: "asc", limit: 1000 });
      const session = await store.session(hashToken(token));
      return { audit: entries.map(({ id }) => id), session: session !== undefined };
    } finally {
      await store.close();
    }
  }

  it("is refused: it says why, and changes nothing", async () => {
    let before: string | undefined;
    const refused = server.restart(() => {
      before = verifyDatabase(server.folder).digest;
      machine.set(ahead);
    });
    await expect(refused).rejects.toThrow(ClockJumpError);
    await expect(server.restart()).rejects.toThrow(
      /^the system's clock says 2036-01-01T.*3652 days after the newest time in the data, 2026-01-01T[^]*ECA_CONFIRM_CLOCK=2036-01-01$/,
    );
    expect(verifyDatabase(server.folder).digest).toBe(before);
    environment["ECA_CONFIRM_CLOCK"] = "2035-12-31";
    await expect(server.restart()).rejects.toThrow(ClockJumpError);
    expect(await kept()).toEqual({ audit: [1, 2], session: true });
  });

  it("where it is confirmed deletes nothing by its age, and forgets no reply", async () => {
    environment["ECA_CONFIRM_CLOCK"] = "2036-01-01";
    await server.restart();
    expect(await statusWith(token)).toBe(401);
    await server.login();
    isNow((await append("meanwhile")).created_at, ahead);
    // Whatever the start has deleted was deleted before this.
    expect(await kept()).toEqual({ audit: [1, 2, 3], session: true });
    expect((await repeat()).headers["idempotency-replayed"]).toBe("true");
    expect(clockEvents()).toEqual(["jumped"]);
  });

  it("leaves no trace but the times of what was written in it, once the clock is right", async () => {
    const late = server.token;
    delete environment["ECA_CONFIRM_CLOCK"];
    await server.restart(() => machine.set(0));
    expect(clockEvents()).toEqual(["jumped", "returned"]);
    expect(await statusWith(token)).toBe(200);
    isNow((await append("after")).created_at);
    isNow((await append("m")).created_at);
    expect((await repeat()).headers["idempotency-replayed"]).toBe("true");
    // A session of those days lives no longer than any other.
    const { json: session } = await server.call({ path: "/v1/session", token: late });
    expect(micros(session.idle_expires_at)).toBeLessThan(machine.now + 8 * day);
    expect((await kept()).audit.slice(0, 3)).toEqual([1, 2, 3]);
  });

  it("is refused again, also where rows are left from it", async () => {
    await expect(server.restart(() => machine.set(ahead))).rejects.toThrow(ClockJumpError);
    await expect(server.restart(() => machine.set(0))).resolves.toBeUndefined();
  });
});

describe("a start after a stop", () => {
  beforeEach(start);

  it("of less than a day needs nothing", async () => {
    await server.restart(() => machine.pass(23 * hour));
    await server.login();
    isNow((await append("m")).created_at);
    expect(clockEvents()).toEqual([]);
  });

  it("of a month has to be confirmed once", async () => {
    await expect(server.restart(() => machine.pass(30 * day))).rejects.toThrow("30 days after");
    environment["ECA_CONFIRM_CLOCK"] = "always";
    await server.restart();
    await server.login();
    isNow((await append("m")).created_at);
    delete environment["ECA_CONFIRM_CLOCK"];
    await server.restart(() => machine.pass(hour));
    await server.login();
    isNow((await append("m")).created_at);
  });

  it("that a month without a write came before needs nothing", async () => {
    machine.pass(30 * day);
    await server.restart(() => machine.pass(23 * hour));
    await server.login();
    isNow((await append("m")).created_at);
    expect(clockEvents()).toEqual([]);
  });

  it("goes on where the clock is years behind, and lets nothing that has expired live again", async () => {
    const expires_at = new Date(Math.floor((machine.now + day) / 1000)).toISOString();
    const { json: key } = await server.post("/v1/key", { name: "k", role: "reader", expires_at });
    machine.pass(2 * day);
    await server.restart(() => machine.set(-1826 * day));
    expect(clockEvents()).toEqual(["behind"]);
    expect((await server.call({ path: "/v1/module", token: key.token })).status).toBe(401);
    expect(await statusWith(server.token)).toBe(200);
    isNow((await append("new")).created_at);
    // The network has the time, or the next start has.
    machine.set(0);
    isNow((await append("new")).created_at);
    await server.restart(() => machine.set(-1826 * day));
    await server.restart(() => machine.set(0));
    isNow((await append("new")).created_at);
  });
});

describe("a start after a run in which the clock jumped", () => {
  beforeEach(start);

  it("knows of the jump, and returns from it", async () => {
    machine.set(1826 * day + 0.25);
    await server.login();
    await append("meanwhile");
    expect(clockEvents()).toEqual(["jumped"]);
    await server.restart();
    expect(clockEvents()).toEqual(["jumped"]);
    await server.login();
    isNow((await append("more")).created_at, 1826 * day);
    await server.restart(() => machine.set(0));
    expect(clockEvents()).toEqual(["jumped", "returned"]);
    await server.login();
    isNow((await append("after")).created_at);
    expect(server.logs.join("")).not.toContain("could not be stored");
  });

  it("knows of it also where the run was cut short", async () => {
    const store = await openStore({ folder: server.folder, shared: true });
    try {
      machine.set(1826 * day);
      await server.login();
      await vi.waitFor(async () => expect(await store.clock()).toMatchObject({ jumped_at: expect.any(Number) }));
      machine.set(0);
      await server.login();
      await vi.waitFor(async () => expect(await store.clock()).toMatchObject({ lag: 0, wrong_by: expect.any(Number) }));
    } finally {
      await store.close();
    }
  });
});

describe("the time of a server that writes nothing", () => {
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    await start();
  });
  afterAll(() => void vi.useRealTimers());

  it("is kept all the same, so that one that is killed can start again", async () => {
    const store = await openStore({ folder: server.folder, shared: true });
    try {
      for (let hours = 0; hours < 3; hours++) {
        machine.pass(hour);
        vi.advanceTimersByTime(60_000);
        await vi.waitFor(async () => {
          const row = await store.clock();
          expect(Math.abs((row?.at ?? 0) - machine.now)).toBeLessThan(second);
        });
      }
    } finally {
      await store.close();
    }
  });
});
