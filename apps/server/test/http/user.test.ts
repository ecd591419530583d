import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;
const password = "a-users-password";

beforeAll(async () => {
  server = await startTestServer();
});

const newUser = (username: string, role = "writer") => server.post("/v1/user", { username, role, password });
const login = (username: string, given = password) =>
  server.call({ method: "POST", path: "/v1/login", body: { username, password: given }, token: null });
const statusOf = async (token: string) => (await server.call({ path: "/v1/session", token })).status;

describe("a user", () => {
  it("is added, logs in, and is listed by name without a trace of the password", async () => {
    const { status, json } = await newUser("ada");
    expect(status).toBe(201);
    expect(json).toEqual({
      user_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: "ada",
      role: "writer",
      disabled: false,
      created_at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
    });
    expect((await login("ada")).json).toMatchObject({ role: "writer", user_id: json.user_id });
    const list = await server.get("/v1/user");
    expect(list.json.map((user: { username: string }) => user.username)).toEqual(["ada", "admin"]);
    expect(list.text).not.toContain("scrypt");
    expect((await server.get(`/v1/user/${json.user_id}`)).json).toEqual(json);
  });

  it.each([
    ["a name that is taken", { username: "admin" }, 409, "username_taken"],
    ["an empty name", { username: "" }, 400, "invalid_request"],
    ["a name with an escape sequence", { username: "a\u001B[31mb" }, 400, "invalid_request"],
    ["a name with a line separator", { username: "a\u2028b" }, 400, "invalid_request"],
    ["a name that ends with a space", { username: "ada " }, 400, "invalid_request"],
    ["a short password", { password: "1234567" }, 400, "invalid_request"],
    ["an endless password", { password: "x".repeat(1025) }, 400, "invalid_request"],
    ["an unknown role", { role: "root" }, 400, "invalid_request"],
  ])("is not added with %s", async (_name, part, status, code) => {
    const answer = await server.post("/v1/user", { username: "new", role: "reader", password, ...part });
    expect([answer.status, answer.headers["x-error-code"]]).toEqual([status, code]);
    expect(answer.text).not.toContain(password);
  });

  it("gets another role, which holds for their next call", async () => {
    const { json: user } = await newUser("zoe", "reader");
    const { json } = await login("zoe");
    const write = () =>
      server.call({
        method: "POST",
        path: "/v1/ess",
        body: { module_id: "m", state: [1], valence: 1 },
        token: json.session_id,
      });
    expect((await write()).status).toBe(403);
    expect((await server.patch(`/v1/user/${user.user_id}`, { role: "writer" })).json).toMatchObject({ role: "writer" });
    expect((await write()).status).toBe(201);
    await server.patch(`/v1/user/${user.user_id}`, { role: "reader", password: null, disabled: null });
    expect((await write()).status).toBe(403);
    expect((await login("zoe")).status).toBe(200);
  });

  it("is kept out while disabled: the sessions end for good, a login is refused like a wrong password", async () => {
    const { json: user } = await newUser("bob");
    const { json: session } = await login("bob");
    expect((await server.patch(`/v1/user/${user.user_id}`, { disabled: true })).json).toMatchObject({ disabled: true });
    expect(await statusOf(session.session_id)).toBe(401);
    const refused = await login("bob");
    expect([refused.status, refused.json]).toEqual([401, { errors: ["username or password is wrong"] }]);
    await server.patch(`/v1/user/${user.user_id}`, { disabled: false });
    expect(await statusOf(session.session_id)).toBe(401);
    expect((await login("bob")).status).toBe(200);
  });

  it("gets a new password from an administrator, which ends the sessions", async () => {
    const { json: user } = await newUser("eve");
    const { json: session } = await login("eve");
    await server.patch(`/v1/user/${user.user_id}`, { password: "another-password" });
    expect(await statusOf(session.session_id)).toBe(401);
    expect((await login("eve")).status).toBe(401);
    expect((await login("eve", "another-password")).status).toBe(200);
  });

  it("stays as it is where nothing is given", async () => {
    const { json: user } = await newUser("kim");
    const { json: session } = await login("kim");
    expect((await server.patch(`/v1/user/${user.user_id}`, {})).json).toEqual(user);
    expect(await statusOf(session.session_id)).toBe(200);
  });

  it("that does not exist is 404", async () => {
    for (const answer of [await server.get("/v1/user/nobody"), await server.patch("/v1/user/nobody", {})]) {
      expect([answer.status, answer.headers["x-error-code"]]).toEqual([404, "user_not_found"]);
    }
  });
});

describe.each([
  ["of blanks alone", "          ", /must not be of blanks alone; take several words/],
  ["that is among the most common ones", "Password123", /is one of the most common passwords; take several words/],
  ["that is one piece again and again", "12341234", /is one of the most common passwords; take several words/],
  ["that is the user's name", "GRACE HOPPER", /must not be the name of the user; take several words/],
])("a password %s", (_kind, weak, told) => {
  const refused = (field: string) => ({
    status: 400,
    code: "invalid_request",
    errors: [expect.stringMatching(new RegExp(`^${field}: ${told.source}`))],
  });
  const outcomeOf = ({ status, headers, json }: Awaited<ReturnType<typeof login>>) => ({
    status,
    code: headers["x-error-code"],
    errors: json.errors,
  });

  const graceHopper = async () => {
    await newUser("Grace Hopper");
    const users: { username: string; user_id: string }[] = (await server.get("/v1/user")).json;
    return server.get(`/v1/user/${users.find(({ username }) => username === "Grace Hopper")?.user_id}`);
  };

  it("is given to nobody by an administrator, and changes nothing", async () => {
    const before = (await server.get("/v1/user")).text;
    const body = { username: "grace hopper", role: "writer", password: weak };
    expect(outcomeOf(await server.post("/v1/user", body))).toEqual(refused("password"));
    expect((await server.get("/v1/user")).text).toBe(before);

    const { json: user } = await graceHopper();
    expect(outcomeOf(await server.patch(`/v1/user/${user.user_id}`, { password: weak, role: "admin" }))).toEqual(
      refused("password"),
    );
    expect((await server.get(`/v1/user/${user.user_id}`)).json).toEqual(user);
    expect((await login("Grace Hopper")).status).toBe(200);
  });

  it("is not taken for the own one", async () => {
    const { json } = await login("Grace Hopper");
    const body = { current_password: password, new_password: weak };
    const call = { method: "POST", path: "/v1/password", token: json.session_id };
    expect(outcomeOf(await server.call({ ...call, body }))).toEqual(refused("new_password"));
    expect((await login("Grace Hopper")).status).toBe(200);
    // Who does not know the current one learns nothing of the new one.
    const guess = await server.call({ ...call, body: { ...body, current_password: "a guess" } });
    expect([guess.status, guess.headers["x-error-code"]]).toEqual(
      weak.trim() === "" ? [400, "invalid_request"] : [401, "invalid_credentials"],
    );
  });
});

describe("the last administrator", () => {
  it.each([{ disabled: true }, { role: "writer" }])(
    "can not be changed by %j, until there is another",
    async (change) => {
      const { user_id } = (await server.get("/v1/session")).json;
      const refused = await server.patch(`/v1/user/${user_id}`, change);
      expect([refused.status, refused.headers["x-error-code"]]).toEqual([409, "last_administrator"]);
      expect((await server.get("/v1/session")).status).toBe(200);

      const { json: other } = await newUser(`other than ${JSON.stringify(change)}`, "admin");
      await server.patch(`/v1/user/${other.user_id}`, { disabled: true });
      expect((await server.patch(`/v1/user/${user_id}`, change)).status).toBe(409);
      await server.patch(`/v1/user/${other.user_id}`, { disabled: false });
      const { json } = await login(other.username);
      const allowed = { method: "PATCH", path: `/v1/user/${user_id}`, token: json.session_id };
      expect((await server.call({ ...allowed, body: change })).status).toBe(200);

      await server.call({ ...allowed, body: { disabled: false, role: "admin" } });
      await server.login();
      await server.patch(`/v1/user/${other.user_id}`, { role: "reader" });
    },
  );

  it("cannot be removed by two who disable each other at the same moment", async () => {
    const { json: second } = await newUser("second", "admin");
    const { json: session } = await login("second");
    const { user_id: first } = (await server.get("/v1/session")).json;
    const body = { disabled: true };
    const statuses = await Promise.all([
      server.call({ method: "PATCH", path: `/v1/user/${second.user_id}`, body }),
      server.call({ method: "PATCH", path: `/v1/user/${first}`, body, token: session.session_id }),
    ]);
    expect(statuses.filter(({ status }) => status === 200)).toHaveLength(1);
    const token = statuses[0].status === 200 ? server.token : session.session_id;
    const { json } = await server.call({ path: "/v1/user", token });
    expect(
      json.filter((user: { role: string; disabled: boolean }) => user.role === "admin" && !user.disabled),
    ).toHaveLength(1);
    await server.call({ method: "PATCH", path: `/v1/user/${first}`, body: { disabled: false }, token });
    await server.login();
  });
});

describe("the own password", () => {
  const change = (token: string, current: string, next: string) =>
    server.call({
      method: "POST",
      path: "/v1/password",
      body: { current_password: current, new_password: next },
      token,
    });

  it("is changed by whoever knows it; the other sessions end, this one lives on", async () => {
    await newUser("own", "reader");
    const [here, elsewhere] = [(await login("own")).json.session_id, (await login("own")).json.session_id];
    const answer = await change(here, password, "my-next-password");
    expect([answer.status, answer.json.username]).toEqual([200, "own"]);
    expect(await statusOf(here)).toBe(200);
    expect(await statusOf(elsewhere)).toBe(401);
    expect((await login("own")).status).toBe(401);
    expect((await login("own", "my-next-password")).status).toBe(200);
  });

  it("stays where the current one is wrong or the new one too short", async () => {
    await newUser("careless", "reader");
    const token = (await login("careless")).json.session_id;
    const wrong = await change(token, "wrong", "my-next-password");
    expect([wrong.status, wrong.headers["x-error-code"]]).toEqual([401, "invalid_credentials"]);
    expect((await change(token, password, "short")).status).toBe(400);
    expect(await statusOf(token)).toBe(200);
    expect((await login("careless")).status).toBe(200);
  });

  it("cannot be guessed with a stolen session", async () => {
    await newUser("victim", "reader");
    const token = (await login("victim")).json.session_id;
    const answers = [];
    for (let guess = 0; guess < 12; guess++)
      answers.push((await change(token, `guess ${guess}`, "mine-now-all")).status);
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect(await statusOf(token)).toBe(200);
  });
});
