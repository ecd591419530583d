import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { credentials, startTestServer, type TestServer } from "../test-server.fixture.js";

const minute = 60_000_000;
let server: TestServer;
let now = Date.UTC(2026, 0, 1) * 1000;

beforeAll(async () => {
  server = await startTestServer(
    { ECA_SESSION_IDLE: "1h", ECA_SESSION_LIFETIME: "3h", ECA_LOG_LEVEL: "trace" },
    { clock: () => ++now },
  );
});

async function login(): Promise<string> {
  const { json } = await server.post("/v1/login", credentials);
  return json.session_id;
}

const status = async (token: string): Promise<number> => (await server.call({ path: "/v1/session", token })).status;

describe("login", () => {
  it("answers exactly the four strings of AuthResponse", async () => {
    const answer = await server.call({ method: "POST", path: "/v1/login", body: credentials, token: null });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json).sort()).toEqual(["role", "session_id", "user_id", "username"]);
    expect(Object.values(answer.json).every((value) => typeof value === "string")).toBe(true);
    expect(answer.json).toMatchObject({ role: "admin", username: "admin" });
  });

  it("gives a token of 256 random bits, another one each time", async () => {
    const [first, second] = [await login(), await login()];
    expect(first).toMatch(/^ecas_[\w-]{43}$/);
    expect(first).not.toBe(second);
  });

  it.each([
    ["wrong password", { ...credentials, password: "wrong" }],
    ["unknown name", { ...credentials, username: "nobody" }],
  ])("%s: the same refusal", async (_name, body) => {
    const answer = await server.call({ method: "POST", path: "/v1/login", body, token: null });
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({ errors: ["username or password is wrong"] });
    expect(answer.headers["x-error-code"]).toBe("invalid_credentials");
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
  });

  it("is what a call without one is asked for", async () => {
    for (const token of [null, "ecas_unknown", "ecak_unknown"]) {
      const { status, headers } = await server.call({ path: "/v1/module", token });
      expect([status, headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    }
  });
});

describe("session", () => {
  it("tells who calls and until when", async () => {
    const token = await login();
    const { json } = await server.call({ path: "/v1/session", token });
    expect(json).toMatchObject({ username: "admin", role: "admin" });
    expect(Date.parse(json.expires_at) - Date.parse(json.created_at)).toBe(3 * 3_600_000);
    expect(Date.parse(json.idle_expires_at) - Date.parse(json.created_at)).toBe(3_600_000);
    expect(json).not.toHaveProperty("session_id");
  });

  it("is dead after logout, and only that one", async () => {
    const [ended, other] = [await login(), await login()];
    expect([await status(ended), await status(other)]).toEqual([200, 200]);
    const answer = await server.call({ method: "POST", path: "/v1/logout", token: ended });
    expect(answer.status).toBe(200);
    expect(await status(ended)).toBe(401);
    expect(await status(other)).toBe(200);
  });

  it("ends when it is idle for too long", async () => {
    const token = await login();
    now += 59 * minute;
    expect(await status(token)).toBe(200);
    // The use is noted in the background: a write that comes after it has been committed after it.
    await login();
    now += 59 * minute;
    expect(await status(token)).toBe(200);
    await login();
    now += 61 * minute;
    expect(await status(token)).toBe(401);
  });

  it("ends at its lifetime, however much it is used", async () => {
    const token = await login();
    for (let used = 0; used < 5; used++) {
      now += 30 * minute;
      expect(await status(token)).toBe(200);
      await login();
    }
    now += 31 * minute;
    expect(await status(token)).toBe(401);
  });

  it("survives a restart", async () => {
    const token = await login();
    await server.restart();
    expect(await status(token)).toBe(200);
  });
});

describe("a session where no lifetime is set", () => {
  const day = 24 * 60 * minute;
  let twin: TestServer;
  beforeAll(async () => {
    twin = await startTestServer({}, { clock: () => ++now });
  });

  it("outlives a year of constant use, restarts included, and ends by idleness alone", async () => {
    const use = async (): Promise<number> => (await twin.get("/v1/session")).status;
    for (let used = 0; used < 70; used++) {
      now += 6 * day;
      expect(await use()).toBe(200);
      // The use is noted in the background: a write that comes after it has been committed after it.
      await twin.post("/v1/ess", { module_id: "m", state: [used], valence: 0 });
      if (used % 35 === 0) await twin.restart();
    }
    const { json } = await twin.get("/v1/session");
    expect(json.expires_at).toBeNull();
    expect(Date.parse(json.idle_expires_at) * 1000).toBeGreaterThan(now + 6 * day);
    now += 8 * day;
    expect(await use()).toBe(401);
  });
});

describe("secrets", () => {
  // The tests before have let the clock run beyond the administrator's session.
  beforeAll(() => server.login());

  /** Every file of the data folder, and every line of the log. */
  async function allThatIsKept(): Promise<string[]> {
    const files = await readdir(server.folder);
    const contents = await Promise.all(files.map((file) => readFile(join(server.folder, file), "latin1")));
    return [...contents, server.logs.join("")];
  }

  async function expectUnknown(secrets: readonly string[]): Promise<void> {
    for (const text of await allThatIsKept()) for (const secret of secrets) expect(text).not.toContain(secret);
  }

  it("stand neither in the log nor in the data", async () => {
    const token = await login();
    await server.call({ path: "/v1/session", token });
    expect(server.logs.join("")).toContain('"path":"/v1/session"');
    await expectUnknown([token, credentials.password]);
  });

  it("of users and keys neither, as they come and go", async () => {
    const [first, second, third] = ["first-password-of-ada", "second-password-of-ada", "third-password-of-ada"];
    const headers = { "idempotency-key": "once" };
    const { json: user } = await server.call({
      method: "POST",
      path: "/v1/user",
      body: { username: "ada", role: "writer", password: first },
      headers,
    });
    const { json: session } = await server.post("/v1/login", { username: "ada", password: first });
    const change = { current_password: first, new_password: second };
    const token = session.session_id;
    expect((await server.call({ method: "POST", path: "/v1/password", body: change, token })).status).toBe(200);
    expect((await server.patch(`/v1/user/${user.user_id}`, { password: third })).status).toBe(200);
    const created = await server.call({
      method: "POST",
      path: "/v1/key",
      body: { name: "meter", role: "reader" },
      headers,
    });
    const rotated = await server.call({ method: "POST", path: `/v1/key/${created.json.key_id}/rotate`, headers });
    expect(rotated.status).toBe(200);
    await server.delete(`/v1/key/${created.json.key_id}`);
    await expectUnknown([first, second, third, token, created.json.token, rotated.json.token]);
  });

  it("that are wrong, misplaced or part of a refused call neither", async () => {
    const secrets = ["a-wrong-password", "ecak_a-wrong-token", "a-token-in-a-query", "name-or-password", "shorty!"];
    const [password = "", token = "", query = "", username = "", short = ""] = secrets;
    await server.post("/v1/login", { username: "admin", password });
    await server.post("/v1/login", { username, password });
    await server.call({ path: "/v1/session", token });
    await server.call({ path: `/v1/session?token=${query}` });
    await server.call({ method: "POST", path: "/v1/login", body: `{"password": "${password}"`, token: null });
    await server.post("/v1/user", { username: "admin", role: "reader", password });
    const refused = await server.post("/v1/user", { username: "zoe", role: "reader", password: short });
    expect(refused.status).toBe(400);
    expect(refused.text).not.toContain(short);
    await expectUnknown(secrets);
  });
});
