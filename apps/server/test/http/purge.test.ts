import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hashToken } from "../../src/auth/token.js";
import type { Clock } from "../../src/clock.js";
import { openStore } from "../../src/open-store.js";
import type { Store } from "../../src/store/port/store.js";
import { credentials, startTestServer, type TestServer } from "../test-server.fixture.js";

const hour = 3_600_000;
const micros = 1000;

let server: TestServer;
/** Looks into the data from beside the server: what has had its time is refused anyway, deleted or not. */
let store: Store;
let now = 1_700_000_000_000_000;
const clock: Clock = () => now;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  server = await startTestServer({ ECA_SESSION_IDLE: "30h", ECA_AUDIT_RETENTION: "30h" }, { clock });
  store = await openStore({ folder: server.folder, shared: true });
  await server.post("/v1/ess", { module_id: "m", state: [1], valence: 0 });
});

afterAll(async () => {
  vi.useRealTimers();
  await store.close();
});

async function login(): Promise<{ session_id: string; user_id: string }> {
  return (await server.post("/v1/login", credentials)).json;
}

/** Leaves a reply, a session and an audit entry behind, and answers which of them are there. */
async function leave(key: string): Promise<() => Promise<{ reply: boolean; session: boolean; entry: boolean }>> {
  const { session_id, user_id } = await login();
  const [newest] = await store.auditPage({ order: "desc", limit: 1 });
  const body = { module_id: "m", instance_id: 1 };
  const headers = { "idempotency-key": key };
  const made = await server.call({ method: "POST", path: "/v1/sequence", body, headers, token: session_id });
  expect(made.status).toBe(201);
  return async () => ({
    reply: (await store.idempotency(user_id, "sequence.create", key)) !== undefined,
    session: (await store.session(hashToken(session_id))) !== undefined,
    entry: (await store.auditPage({ order: "asc", limit: 1000 })).some(({ id }) => id === newest?.id),
  });
}

const all = { reply: true, session: true, entry: true };
const none = { reply: false, session: false, entry: false };

describe("what has had its time", () => {
  it("is deleted by a server that goes on, each hour", async () => {
    const old = await leave("old");
    now += 24 * hour * micros;
    vi.advanceTimersByTime(hour);
    // A write that is answered stands behind whatever that has begun to delete.
    const young = await leave("young");
    expect(await old()).toEqual(all);
    now += 1;
    vi.advanceTimersByTime(hour);
    await vi.waitFor(async () => expect(await old()).toEqual({ ...all, reply: false }));
    now += 6 * hour * micros;
    vi.advanceTimersByTime(hour);
    await vi.waitFor(async () => expect(await old()).toEqual(none));
    expect(await young()).toEqual(all);
  });

  it("is deleted by a server that starts", async () => {
    const old = await leave("before-a-stop");
    now += 30 * hour * micros + 1;
    expect(await old()).toEqual(all);
    await server.restart();
    await vi.waitFor(async () => expect(await old()).toEqual(none));
  });
});
