import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, credentials, startTestServer, type TestServer } from "../test-server.fixture.js";

/** What `Idempotency-Key` means where a body or a reply holds a secret, and on calls about the caller's own login. */

let server: TestServer;
let made = 0;
let users = 0;

/** Another key in each test. */
const key = (name: string) => ({ "idempotency-key": `${made}-${name}` });
const isReplay = ({ headers }: Answer): boolean => headers["idempotency-replayed"] === "true";
const codeOf = ({ status, headers }: Answer) => [status, headers["x-error-code"]];
const keyBody = { name: "meter", role: "reader" };

const post = (path: string, body: unknown, headers: Record<string, string>, token: string | null = server.token) =>
  server.call({ method: "POST", path: `/v1${path}`, headers, token, ...(body !== undefined && { body }) });
const login = (body: object, name: string) => post("/login", body, key(name), null);
const countKeys = async (): Promise<number> => (await server.get("/v1/key")).json.length;
const statusOf = async (token: string): Promise<number> => (await server.call({ path: "/v1/module", token })).status;

async function newUser(role = "admin") {
  const body = { username: `user ${++users}`, password: `the password of user ${users}` };
  const { json } = await server.post("/v1/user", { ...body, role });
  const { json: session } = await server.post("/v1/login", body);
  return { body, id: json.user_id as string, token: session.session_id as string };
}

beforeAll(async () => {
  server = await startTestServer({ ECA_LOGIN_FAILURES: "3/10m" });
});

beforeEach(() => {
  made += 1;
});

/** Every file of the data folder as it lies there, and every line of the log. */
async function allThatIsKept(): Promise<string[]> {
  const files = await readdir(server.folder, { recursive: true, withFileTypes: true });
  const contents = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), "latin1"));
  return [...(await Promise.all(contents)), server.logs.join("")];
}

async function expectUnknown(secrets: readonly string[]): Promise<void> {
  const kept = await allThatIsKept();
  // The files are those that the calls were written to.
  expect(kept.some((text) => text.includes("key.create"))).toBe(true);
  for (const text of kept) for (const secret of secrets) expect(text).not.toContain(secret);
}

describe("a secret", () => {
  it("is answered again, and lies nowhere in the data folder", async () => {
    const created = await post("/key", keyBody, key("a"));
    const again = await post("/key", keyBody, key("a"));
    expect([isReplay(again), again.text]).toEqual([true, created.text]);
    expect(await statusOf(again.json.token)).toBe(200);
    const rotated = await post(`/key/${created.json.key_id}/rotate`, undefined, key("a"));
    expect((await post(`/key/${created.json.key_id}/rotate`, undefined, key("a"))).text).toBe(rotated.text);
    const { json: session } = await login(credentials, "a");
    const ada = { username: "ada", role: "writer", password: "the first password of ada" };
    const user = await post("/user", ada, key("a"));
    expect((await post("/user", ada, key("a"))).text).toBe(user.text);
    const { json: hers } = await server.post("/v1/login", ada);
    const change = { current_password: ada.password, new_password: "the second password of ada" };
    expect((await post("/password", change, key("a"), hers.session_id)).status).toBe(200);
    expect((await post("/logout", undefined, key("a"), hers.session_id)).status).toBe(200);
    const tokens = [created.json.token, rotated.json.token, session.session_id, hers.session_id, server.token];
    await expectUnknown([
      ...tokens,
      ...tokens.map((token) => token.slice(token.indexOf("_") + 1)),
      ada.password,
      change.new_password,
      credentials.password,
    ]);
    await server.restart();
    await expectUnknown([...tokens, ada.password, change.new_password]);
  });

  it("in a body leaves no hash that guesses could be tried out against", async () => {
    const body = JSON.stringify({ username: "bob", role: "writer", password: "a weak password" });
    expect((await post("/user", body, key("a"))).status).toBe(201);
    expect((await post("/key", keyBody, key("a"))).status).toBe(201);
    const hashes = (route: string, text: string) => [
      createHash("sha256").update(text).digest().toString("latin1"),
      createHash("sha256")
        .update(`${JSON.stringify([route, {}])}\0${text}`)
        .digest()
        .toString("latin1"),
    ];
    await expectUnknown(hashes("user.create", body));
    // The same hash of a call that holds no secret is what is kept of it: the search above would find it.
    const plain = JSON.stringify({ doc_id: "d", text: "t" });
    expect((await post("/document", plain, key("a"))).status).toBe(201);
    await expect(expectUnknown(hashes("document.create", plain))).rejects.toThrow("not to contain");
  });

  it("is answered again to the login that it was given to alone, and is not made twice", async () => {
    const before = await countKeys();
    const created = await post("/key", keyBody, key("a"));
    const { json: session } = await server.post("/v1/login", credentials);
    expect(codeOf(await post("/key", keyBody, key("a"), session.session_id))).toEqual([422, "idempotency_mismatch"]);
    const { token } = await newUser();
    const theirs = await post("/key", keyBody, key("a"), token);
    expect([theirs.status, isReplay(theirs)]).toEqual([201, false]);
    expect(theirs.json.token).not.toBe(created.json.token);
    expect(await countKeys()).toBe(before + 2);
    expect((await post("/key", keyBody, key("a"))).text).toBe(created.text);
  });

  it("is made once by 16 at the same moment", async () => {
    const before = await countKeys();
    const answers = await Promise.all(Array.from({ length: 16 }, () => post("/key", keyBody, key("a"))));
    const [first, ...others] = answers.filter(({ status }) => status === 201).map(({ json }) => json.token);
    expect(others.every((token) => token === first)).toBe(true);
    expect(answers.filter(({ status }) => status !== 201).every(({ status }) => status === 409)).toBe(true);
    expect(await countKeys()).toBe(before + 1);
  });
});

describe("a key that rotates itself", () => {
  it("is dead with its first answer, for the repeated call too", async () => {
    const { json: robot } = await post("/key", { ...keyBody, role: "admin" }, key("a"));
    const rotate = (token?: string) => post(`/key/${robot.key_id}/rotate`, undefined, key("b"), token);
    const { json: rotated } = await rotate(robot.token);
    expect(await statusOf(rotated.token)).toBe(200);
    expect(codeOf(await rotate(robot.token))).toEqual([401, "unauthenticated"]);
    expect(codeOf(await rotate(rotated.token))).toEqual([422, "idempotency_mismatch"]);
    expect(codeOf(await rotate())).toEqual([422, "idempotency_mismatch"]);
  });
});

/** Programs that send a key with every POST must get in; what they are answered promises nothing. */
describe("a log-in with a key, which it does not take", () => {
  it("begins another session each time, whatever the key was used for", async () => {
    const { body } = await newUser();
    const first = await login(body, "a");
    const again = await login(body, "a");
    expect([again.status, isReplay(again)]).toEqual([200, false]);
    expect(again.json.session_id).not.toBe(first.json.session_id);
    for (const { json } of [first, again]) expect(await statusOf(json.session_id)).toBe(200);
    expect((await login({ ...body, more: 1 }, "a")).status).toBe(200);
    expect((await post("/login", body, { "idempotency-key": "not, a key" }, null)).status).toBe(200);
  });

  it("is refused as without one for a wrong password, and counts as ever", async () => {
    const { body } = await newUser();
    await login(body, "a");
    for (let guess = 0; guess < 3; guess++) {
      expect(codeOf(await login({ ...body, password: `guess ${guess}` }, "a"))).toEqual([401, "invalid_credentials"]);
    }
    expect(codeOf(await login(body, "a"))).toEqual([429, "rate_limited"]);
  });

  it.each([
    ["was disabled", { disabled: true }],
    ["has another password", { password: "a password set by somebody" }],
  ])("lets no user in who %s, nor again the session from before", async (_, change) => {
    const { body, id } = await newUser();
    const first = await login(body, "a");
    expect((await server.patch(`/v1/user/${id}`, change)).status).toBe(200);
    expect(codeOf(await login(body, "a"))).toEqual([401, "invalid_credentials"]);
    expect(await statusOf(first.json.session_id)).toBe(401);
  });
});

describe("a log-out with a key, which it does not take", () => {
  it("ends its session, and is 401 to the dead token", async () => {
    const { token } = await newUser();
    const first = await post("/logout", undefined, key("a"), token);
    expect([first.status, isReplay(first)]).toEqual([200, false]);
    const again = await post("/logout", undefined, key("a"), token);
    expect([...codeOf(again), isReplay(again)]).toEqual([401, "unauthenticated", false]);
    expect(codeOf(await post("/logout", undefined, {}, token))).toEqual([401, "unauthenticated"]);
    expect(codeOf(await post("/logout", undefined, key("a"), `${token}x`))).toEqual([401, "unauthenticated"]);
    expect(codeOf(await post("/logout", undefined, key("a"), null))).toEqual([401, "unauthenticated"]);
    expect(await statusOf(token)).toBe(401);
  });

  it("ends the session that it comes with, also where the key came with another one", async () => {
    const { body, token } = await newUser();
    const { json: other } = await server.post("/v1/login", body);
    await post("/logout", undefined, key("a"), token);
    const second = await post("/logout", undefined, key("a"), other.session_id);
    expect([second.status, isReplay(second)]).toEqual([200, false]);
    expect(await statusOf(other.session_id)).toBe(401);
  });
});

describe("a change of password with a key, which it does not take", () => {
  it("is carried out once; repeated it has the wrong password, which counts as a failed log-in", async () => {
    const { body, token } = await newUser();
    const change = { current_password: body.password, new_password: "the next password" };
    const first = await post("/password", change, key("a"), token);
    expect([first.status, isReplay(first)]).toEqual([200, false]);
    expect(await statusOf(token)).toBe(200);
    for (let time = 0; time < 3; time++) {
      const again = await post("/password", change, key("a"), token);
      expect([...codeOf(again), isReplay(again)]).toEqual([401, "invalid_credentials", false]);
    }
    expect(codeOf(await post("/password", change, key("a"), token))).toEqual([429, "rate_limited"]);
    expect(codeOf(await login({ ...body, password: change.new_password }, "a"))).toEqual([429, "rate_limited"]);
  });

  it("is told by a log-in with the new one", async () => {
    const { body, token } = await newUser();
    const change = { current_password: body.password, new_password: "the next password" };
    await post("/password", change, key("a"), token);
    expect((await login({ ...body, password: change.new_password }, "a")).status).toBe(200);
    expect((await login(body, "a")).status).toBe(401);
  });
});

describe("a user that is made under a key", () => {
  it("is made once, and another password with its key is refused", async () => {
    const body = { username: "made once", role: "reader", password: "the first password" };
    const first = await post("/user", body, key("a"));
    const again = await post("/user", body, key("a"));
    expect([isReplay(again), again.text]).toEqual([true, first.text]);
    const other = { ...body, password: "another password" };
    expect(codeOf(await post("/user", other, key("a")))).toEqual([422, "idempotency_mismatch"]);
    expect((await server.post("/v1/login", body)).status).toBe(200);
  });
});
