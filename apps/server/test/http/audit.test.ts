import { beforeAll, describe, expect, it, vi } from "vitest";
import { openStore } from "../../src/open-store.js";
import { credentials, startTestServer, type TestServer } from "../test-server.fixture.js";
import { readPages } from "./next-link.fixture.js";

let server: TestServer;
const writer = { username: "wanda", role: "writer", password: "a-writer's-password" };
const reader = { username: "rita", role: "reader", password: "a-reader's-password" };

beforeAll(async () => {
  server = await startTestServer();
});

interface Entry {
  readonly id: number;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** The entries that an action leaves, oldest first. */
async function entriesOf(action: () => Promise<unknown>): Promise<Entry[]> {
  const [newest] = (await server.get("/v1/audit?limit=1")).json as Entry[];
  await action();
  const { json } = await server.get("/v1/audit?limit=100");
  return (json as Entry[]).filter(({ id }) => id > (newest?.id ?? 0)).toReversed();
}

const login = (body: { username: string; password: string }, headers = {}) =>
  server.call({ method: "POST", path: "/v1/login", body, token: null, headers });

const nothing = {
  count: 1,
  key_id: null,
  route: null,
  module_id: null,
  row_id: null,
  subject_id: null,
  detail: null,
};

describe("the audit log", () => {
  it("tells of logins: who, from where, in which request", async () => {
    const [entry, ...rest] = await entriesOf(() => login(credentials, { "x-request-id": "morning-7" }));
    expect(rest).toEqual([]);
    expect(entry).toEqual({
      ...nothing,
      id: expect.any(Number),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      kind: "login_succeeded",
      user_id: expect.stringMatching(/^[\w-]{36}$/),
      username: "admin",
      address: "127.0.0.1",
      request_id: "morning-7",
    });
  });

  it("tells of failed logins, and never what was typed as an unknown name", async () => {
    const mistyped = "my-secret-password";
    const entries = await entriesOf(async () => {
      expect((await login({ ...credentials, password: "wrong" })).status).toBe(401);
      expect((await login({ username: mistyped, password: "" })).status).toBe(401);
    });
    expect(entries).toMatchObject([
      { kind: "login_failed", username: "admin", user_id: expect.any(String), address: "127.0.0.1" },
      { kind: "login_failed", username: null, user_id: null, address: "127.0.0.1" },
    ]);
    expect(JSON.stringify(entries)).not.toContain(mistyped);
  });

  it("tells of users and passwords: what was changed, and by whom", async () => {
    const ids: string[] = [];
    const entries = await entriesOf(async () => {
      for (const user of [writer, reader]) ids.push((await server.post("/v1/user", user)).json.user_id);
      await server.patch(`/v1/user/${ids[0]}`, { role: "admin", disabled: true });
      await server.patch(`/v1/user/${ids[0]}`, { role: "writer", disabled: false, password: "another-password" });
      await server.patch(`/v1/user/${ids[0]}`, { role: "writer" });
      await server.patch(`/v1/user/${ids[0]}`, { password: writer.password });
      expect((await server.post("/v1/user", writer)).status).toBe(409);
    });
    expect(entries.every(({ username }) => username === "admin")).toBe(true);
    expect(entries.map(({ kind, subject_id, detail }) => [kind, subject_id, detail])).toEqual([
      ["user_created", ids[0], '"wanda", writer'],
      ["user_created", ids[1], '"rita", reader'],
      ["user_updated", ids[0], '"wanda": writer to admin, disabled'],
      ["user_updated", ids[0], '"wanda": admin to writer, enabled'],
      ["password_changed", ids[0], 'of "wanda"'],
      ["password_changed", ids[0], 'of "wanda"'],
    ]);
  });

  it("tells of keys, and by which key something was done", async () => {
    let keyId = "";
    const secrets: string[] = [];
    const entries = await entriesOf(async () => {
      const made = await server.post("/v1/key", { name: "ci", role: "admin" });
      keyId = made.json.key_id;
      const rotated = await server.post(`/v1/key/${keyId}/rotate`, undefined);
      secrets.push(made.json.token, rotated.json.token);
      await server.call({ method: "DELETE", path: `/v1/key/${keyId}`, token: rotated.json.token });
    });
    expect(entries.map(({ kind, subject_id, key_id, detail }) => [kind, subject_id, key_id, detail])).toEqual([
      ["key_created", keyId, null, '"ci" of "admin", admin'],
      ["key_rotated", keyId, null, '"ci" of "admin", admin'],
      ["key_revoked", keyId, keyId, '"ci" of "admin", admin'],
    ]);
    for (const secret of secrets) expect(JSON.stringify(entries)).not.toContain(secret);
  });

  it("tells of deletions, with module and row, and of none that was refused", async () => {
    await server.post("/v1/ess", { module_id: "m", state: [1], valence: 1 });
    await server.post("/v1/sequence", { module_id: "m", instance_id: 1 });
    await server.post("/v1/embedding", { module_id: "m", input: "a", hash: "a" });
    await server.post("/v1/document", { doc_id: "d", text: "t" });
    const { json: token } = await login(writer);
    const entries = await entriesOf(async () => {
      for (const path of ["/v1/sequence/m/1", "/v1/embedding/m/1", "/v1/document/1"]) {
        for (const status of [200, 404]) {
          const answer = await server.call({ method: "DELETE", path, token: token.session_id });
          expect([path, answer.status]).toEqual([path, status]);
        }
      }
    });
    const by = { ...nothing, username: "wanda", address: "127.0.0.1" };
    expect(entries).toMatchObject([
      { ...by, kind: "sequence_deleted", module_id: "m", row_id: 1 },
      { ...by, kind: "embedding_deleted", module_id: "m", row_id: 1 },
      { ...by, kind: "document_deleted", module_id: null, row_id: 1 },
    ]);
  });

  it("tells of refusals for want of rights, repeats in one entry, and is written before the server stops", async () => {
    const { json } = await login(reader);
    const write = () => server.call({ method: "POST", path: "/v1/sequence", body: {}, token: json.session_id });
    const [newest] = (await server.get("/v1/audit?limit=1")).json as Entry[];
    for (let attempt = 0; attempt < 25; attempt++) expect((await write()).status).toBe(403);
    expect((await server.call({ path: "/v1/audit", token: json.session_id })).status).toBe(403);
    await server.restart();
    const entries = ((await server.get("/v1/audit")).json as Entry[]).filter(({ id }) => id > (newest?.id ?? 0));
    expect(entries.toReversed()).toMatchObject([
      { kind: "access_denied", username: "rita", route: "sequence.create", count: 25, address: "127.0.0.1" },
      { kind: "access_denied", username: "rita", route: "audit.getAll", count: 1 },
    ]);
  });

  it("begins with the administrator that the server made sure of", async () => {
    const { json } = await server.get("/v1/audit?order=asc&limit=1");
    expect(json).toMatchObject([
      { id: 1, kind: "user_created", user_id: null, address: null, request_id: null, detail: '"admin", admin' },
    ]);
  });

  it("comes whole or by pages, newest first, and is an administrator's alone", async () => {
    const whole = (await server.get("/v1/audit")).json as Entry[];
    const ids = whole.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    const paged = await readPages<Entry>((path) => server.get(path), "/v1/audit?limit=3");
    expect(paged).toEqual(whole);
    const { json } = await login(writer);
    expect((await server.call({ path: "/v1/audit", token: json.session_id })).status).toBe(403);
    expect((await server.call({ path: "/v1/audit", token: null })).status).toBe(401);
  });
});

describe("retention", () => {
  let now = Date.UTC(2026, 0, 1) * 1000;
  const clock = () => ++now;
  const day = 86_400_000_000;

  /** Starts another server on the folder, which deletes what is too old or too much, and waits until these are left. */
  async function expectAfterRestart(small: TestServer, ids: readonly number[]): Promise<void> {
    await small.restart();
    // Beside the server: a login would add an entry.
    const store = await openStore({ folder: small.folder, shared: true });
    const left = async () => (await store.auditPage({ order: "desc", limit: 100 })).map(({ id }) => id);
    try {
      await vi.waitFor(async () => expect(await left()).toEqual(ids));
    } finally {
      await store.close();
    }
  }

  it("keeps so many entries of a kind, and none that is too old", async () => {
    const small = await startTestServer({ ECA_AUDIT_ENTRIES: "5", ECA_AUDIT_RETENTION: "30d" }, { clock });
    for (let index = 0; index < 8; index++) await small.post("/v1/login", credentials);
    // The first one is of another kind: the administrator was created.
    await expectAfterRestart(small, [10, 9, 8, 7, 6, 1]);
    now += 29 * day;
    await small.post("/v1/login", credentials);
    await expectAfterRestart(small, [11, 10, 9, 8, 7, 1]);
    now += 2 * day;
    await expectAfterRestart(small, [11]);
  });

  it("lets deletes of data, refusals and failed logins push out nothing but their like", async () => {
    const small = await startTestServer({ ECA_AUDIT_ENTRIES: "3" }, { clock });
    const reader = { username: "rita", password: "password-of-rita" };
    await small.post("/v1/user", { ...reader, role: "reader" });
    const { json: session } = await small.post("/v1/login", reader);
    await small.post("/v1/ess", { module_id: "m", state: [1], valence: 0 });
    for (let id = 1; id <= 8; id++) {
      await small.post("/v1/sequence", { module_id: "m", instance_id: 1 });
      await small.delete(`/v1/sequence/m/${id}`);
      await small.post("/v1/login", { ...credentials, password: "wrong" });
      await small.call({ path: `/v1/user/${id}`, token: session.session_id });
    }
    // Whoever is refused is noted last, when the server stops.
    await expectAfterRestart(small, [21, 20, 19, 18, 17, 16, 15, 4, 3, 2, 1]);
    const entries = (await small.get("/v1/audit")).json as Entry[];
    const kept = (kind: string) => entries.filter((entry) => entry["kind"] === kind);
    expect(kept("user_created").map(({ detail }) => detail)).toEqual(['"rita", reader', '"admin", admin']);
    expect(kept("login_succeeded").map(({ username }) => username)).toEqual(["rita", "admin"]);
    expect(kept("sequence_deleted").map(({ row_id }) => row_id)).toEqual([8, 7, 6]);
    expect(kept("login_failed")).toHaveLength(3);
    expect(kept("access_denied")).toMatchObject([{ username: "rita", count: 8 }]);
  });
});
