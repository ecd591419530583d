import { once } from "node:events";
import { beforeAll, describe, expect, it } from "vitest";
import { openRawConnection } from "../raw-connection.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const second = 1_000_000;
let server: TestServer;
let now = Date.UTC(2026, 0, 1) * 1000;

beforeAll(async () => {
  server = await startTestServer({}, { clock: () => ++now });
});

const create = (more: object = {}) => server.post("/v1/key", { name: "meter", role: "reader", ...more });
const callWith = async (token: string) => (await server.call({ path: "/v1/module", token })).status;

async function newUser(username: string, role: string): Promise<string> {
  const { status, json } = await server.post("/v1/user", { username, role, password: "a-users-password" });
  expect(status).toBe(201);
  return json.user_id;
}

describe("a key", () => {
  it("is shown once, when it is created, and calls like a session", async () => {
    const { status, json } = await create({ name: "the meter of hall 3" });
    expect(status).toBe(201);
    const { token, ...key } = json;
    expect(token).toMatch(/^ecak_[\w-]{43}$/);
    expect(key).toEqual({
      key_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "the meter of hall 3",
      user_id: expect.any(String),
      username: "admin",
      role: "reader",
      modules: null,
      hint: token.slice(0, 11),
      created_at: expect.any(String),
      expires_at: null,
      last_used_at: null,
    });
    expect((await server.get(`/v1/key/${key.key_id}`)).json).toEqual(key);
    expect(await callWith(token)).toBe(200);
    for (const path of ["/v1/key", `/v1/key/${key.key_id}`]) expect((await server.get(path)).text).not.toContain(token);
  });

  it("belongs to another user where one is named, and may be no more than they", async () => {
    const user_id = await newUser("ada", "writer");
    expect((await create({ user_id, role: "writer" })).json).toMatchObject({ username: "ada", role: "writer" });
    const refused = await create({ user_id, role: "admin" });
    expect([refused.status, refused.json.errors]).toEqual([
      400,
      ['role: "ada" is a writer; their keys cannot be more'],
    ]);
    const unknown = await create({ user_id: "nobody" });
    expect([unknown.status, unknown.headers["x-error-code"]]).toEqual([404, "user_not_found"]);
  });

  it("shrinks with its user's role and stops with its user, and comes back with them", async () => {
    const user_id = await newUser("bob", "writer");
    const { token } = (await create({ user_id, role: "writer" })).json;
    const write = async () => {
      const body = { module_id: "m", state: [1], valence: 1 };
      return (await server.call({ method: "POST", path: "/v1/ess", body, token })).status;
    };
    expect(await write()).toBe(201);
    await server.patch(`/v1/user/${user_id}`, { role: "reader" });
    expect([await write(), await callWith(token)]).toEqual([403, 200]);
    await server.patch(`/v1/user/${user_id}`, { disabled: true });
    expect(await callWith(token)).toBe(401);
    await server.patch(`/v1/user/${user_id}`, { disabled: false, role: "writer" });
    expect(await write()).toBe(201);
    await server.patch(`/v1/user/${user_id}`, { password: "another-password" });
    expect(await write()).toBe(201);
  });

  it("tells when it was used last, exact to a minute", async () => {
    const { token, key_id } = (await create()).json;
    const lastUse = async () => {
      // The use is noted in the background: a write that comes after it has been committed after it.
      await create();
      return (await server.get(`/v1/key/${key_id}`)).json.last_used_at as string;
    };
    await callWith(token);
    const first = await lastUse();
    expect(Date.parse(first)).toBeCloseTo(now / 1000, -2);
    now += 50 * second;
    await callWith(token);
    expect(await lastUse()).toBe(first);
    now += 11 * second;
    await callWith(token);
    expect(Date.parse(await lastUse()) - Date.parse(first)).toBeGreaterThanOrEqual(61_000);
  });

  it("ends at its expiry", async () => {
    const expires_at = new Date(now / 1000 + 10_000).toISOString();
    const { json } = await create({ expires_at });
    expect(Date.parse(json.expires_at)).toBe(Date.parse(expires_at));
    expect(await callWith(json.token)).toBe(200);
    now += 10 * second;
    expect(await callWith(json.token)).toBe(401);
    expect((await server.get(`/v1/key/${json.key_id}`)).status).toBe(200);
    const rotated = await server.post(`/v1/key/${json.key_id}/rotate`, null);
    expect([rotated.status, rotated.headers["x-error-code"]]).toEqual([409, "key_expired"]);
  });

  it("takes every form of RFC 3339 for its expiry", async () => {
    for (const [expires_at, stored] of [
      ["2150-12-31t23:59:59z", "2150-12-31T23:59:59.000000Z"],
      ["2150-12-31T23:59:60Z", "2151-01-01T00:00:00.000000Z"],
      ["2150-12-31T15:59:60.5-08:00", "2151-01-01T00:00:00.000000Z"],
      ["2150-12-31T23:59:59.1234567-00:00", "2150-12-31T23:59:59.123457Z"],
    ]) {
      const { status, json } = await create({ expires_at });
      expect([expires_at, status, json.expires_at]).toEqual([expires_at, 201, stored]);
    }
  });

  it("is dead at once when it is revoked, and only that one", async () => {
    const [first, other] = [(await create()).json, (await create()).json];
    // In use: whom a token stands for is known by then without a look.
    expect([await callWith(first.token), await callWith(other.token)]).toEqual([200, 200]);
    const answer = await server.delete(`/v1/key/${first.key_id}`);
    expect([answer.status, answer.json.key_id]).toEqual([200, first.key_id]);
    expect(await callWith(first.token)).toBe(401);
    expect(await callWith(other.token)).toBe(200);
    for (const gone of [await server.get(`/v1/key/${first.key_id}`), await server.delete(`/v1/key/${first.key_id}`)]) {
      expect([gone.status, gone.headers["x-error-code"]]).toEqual([404, "key_not_found"]);
    }
  });

  it("is told no more of a list that is under way when it is revoked", async () => {
    await server.post("/v1/ess", { module_id: "log", state: [1], valence: 1 });
    // More than systems hold for a connection.
    const context = "x".repeat(250_000);
    for (let entry = 0; entry < 128; entry++) {
      await server.post("/v1/sequence", { module_id: "log", instance_id: 1, context });
    }
    const { key_id, token } = (await create()).json;
    const connection = await openRawConnection(server.url);
    const headers = ["GET /v1/sequence/log HTTP/1.1", "host: x", "connection: close", `authorization: Bearer ${token}`];
    connection.write(`${headers.join("\r\n")}\r\n\r\n`);
    await once(connection.socket, "data");
    connection.socket.pause();
    await server.delete(`/v1/key/${key_id}`);
    connection.socket.resume();
    await connection.closed();
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 /);
    expect(connection.received.length).toBeLessThan(128 * context.length);
    // The last chunk of a reply that is whole is empty.
    expect(connection.received.endsWith("\r\n0\r\n\r\n")).toBe(false);
  });

  it("that is rotated has another token and is the same in all else; the old token is dead at once", async () => {
    const { token: old, ...key } = (await create({ role: "writer", modules: ["m", "n"] })).json;
    expect(await callWith(old)).toBe(200);
    const { status, json } = await server.post(`/v1/key/${key.key_id}/rotate`, null);
    expect(status).toBe(200);
    const { token, hint, last_used_at } = json;
    expect(json).toEqual({ ...key, token: expect.stringMatching(/^ecak_[\w-]{43}$/), hint, last_used_at });
    expect([hint, last_used_at]).toEqual([token.slice(0, 11), expect.any(String)]);
    expect(json.token).not.toBe(old);
    expect([await callWith(old), await callWith(json.token)]).toEqual([401, 200]);
  });

  it("survives a restart", async () => {
    const { token } = (await create()).json;
    await server.restart();
    expect(await callWith(token)).toBe(200);
  });

  it("is listed with all others, oldest first, whole and in pages", async () => {
    const all = (await server.get("/v1/key")).json as { key_id: string; created_at: string }[];
    expect(all.map((key) => key.created_at)).toEqual(all.map((key) => key.created_at).toSorted());
    const pages: string[] = [];
    for (let path: string | undefined = "/v1/key?limit=3"; path !== undefined;) {
      const { json, headers } = await server.get(path);
      pages.push(...json.map((key: { key_id: string }) => key.key_id));
      path = /<([^>]+)>/.exec(String(headers["link"]))?.[1];
    }
    expect(pages).toEqual(all.map((key) => key.key_id));
  });
});

describe("limits of a key", () => {
  it("hold its modules, each once", async () => {
    const { json } = await create({ modules: ["m", "a/b", "m", "\u00fc"] });
    expect(json.modules).toEqual(["m", "a/b", "\u00fc"]);
  });

  it.each([
    ["no module at all", { modules: [] }, "modules: must name a module"],
    ["an empty module id", { modules: [""] }, "modules[0]: must not be empty"],
    ["modules for an administrator's key", { role: "admin", modules: ["m"] }, "modules: an administrator's key"],
    ["an instant that has passed", { expires_at: "2020-01-01T00:00:00Z" }, "expires_at: has passed"],
    ["an instant too far", { expires_at: "2300-01-01T00:00:00Z" }, "expires_at: must be before 2200"],
    ["no instant", { expires_at: "tomorrow" }, "expires_at: must be an instant"],
    ["an empty name", { name: "" }, "name: must not be empty"],
    ["no role", { role: null }, "role: "],
  ])("are not %s", async (_name, part, text) => {
    const { status, json } = await create(part);
    expect(status).toBe(400);
    expect(json.errors).toEqual([expect.stringContaining(text)]);
  });

  it("in a body are told nothing of queries", async () => {
    const { json } = await create({ expires_at: "tomorrow" });
    expect(json.errors).toEqual([expect.stringMatching(/^expires_at: must be an instant such as .*\+02:00$/)]);
  });
});

describe("a token", () => {
  it.each(["ecak_", "ecak_unknown", `ecak_${"A".repeat(43)}`, `ecas_${"A".repeat(43)}`, "x".repeat(8000)])(
    "that nobody has is refused: %.20s",
    async (token) => {
      const { status, headers } = await server.call({ path: "/v1/module", token });
      expect([status, headers["x-error-code"]]).toEqual([401, "unauthenticated"]);
    },
  );

  it("of a key is none of a session, nor the other way round", async () => {
    const { token } = (await create()).json;
    expect(await callWith(token.replace("ecak_", "ecas_"))).toBe(401);
    expect(await callWith(server.token.replace("ecas_", "ecak_"))).toBe(401);
  });
});
