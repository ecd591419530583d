import { afterEach, expect, it, vi } from "vitest";
import { type Client, type ClientSettings, createClient } from "./client.js";
import { EcaAbortError, EcaArgumentError, EcaProtocolError, EcaResponseError, EcaTimeoutError } from "./errors.js";
import { type FakeApi, reply, startFakeApi, startTestServer, type TestServer } from "../test/test-server.fixture.js";

const closing: TestServer[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((server) => server.close()));
});

/** Responds to every call with an empty list, and to a log-out as a server does. */
async function startApi(): Promise<FakeApi> {
  const api = await startFakeApi((request, response) => {
    if (request.path === "/v1/logout") api.endSessions();
    reply(response, 200, []);
  });
  closing.push(api);
  return api;
}

function clientOf(api: TestServer, settings: Partial<ClientSettings> = {}): Client {
  return createClient({ baseUrl: api.baseUrl, username: "ada", password: "secret", ...settings });
}

const params = { module_id: "a" };

it("nothing is sent before the first call; then one log-in, and its token from then on", async () => {
  const api = await startApi();
  const client = clientOf(api);
  expect(api.received).toEqual([]);
  await client.ess.getAll({ params });
  await client.sequence.getAll({ params });
  expect(api.received.map((r) => [r.method, r.path, r.headers.authorization])).toEqual([
    ["POST", "/v1/login", undefined],
    ["GET", "/v1/ess/a", "Bearer t1"],
    ["GET", "/v1/sequence/a", "Bearer t1"],
  ]);
});

it("concurrent first calls share one log-in", async () => {
  const api = await startApi();
  const client = clientOf(api);
  await Promise.all(Array.from({ length: 20 }, () => client.ess.getAll({ params })));
  expect(api.logins()).toBe(1);
  expect(api.received).toHaveLength(21);
});

it("a session that has ended is renewed, and the call repeated, a POST too", async () => {
  const api = await startApi();
  const client = clientOf(api);
  await client.ess.getAll({ params });
  api.endSessions();
  await client.ess.search({ body: { module_id: "a", state: [1] } });
  expect(api.received.slice(2).map((r) => [r.path, r.headers.authorization, r.body])).toEqual([
    ["/v1/ess/search", "Bearer t1", '{"module_id":"a","state":[1]}'],
    ["/v1/login", undefined, '{"username":"ada","password":"secret"}'],
    ["/v1/ess/search", "Bearer t2", '{"module_id":"a","state":[1]}'],
  ]);
});

it("concurrent 401s share one renewal", async () => {
  const api = await startApi();
  const client = clientOf(api);
  await client.ess.getAll({ params });
  api.endSessions();
  await Promise.all(Array.from({ length: 20 }, () => client.ess.getAll({ params })));
  expect(api.logins()).toBe(2);
});

it("a 401 for a token that has been replaced meanwhile causes no further log-in", async () => {
  let releaseFirst: (() => void) | undefined;
  const api = await startFakeApi((request, response) => {
    if (request.headers.authorization === "Bearer t1" && request.path === "/v1/ess/slow") {
      releaseFirst = () => reply(response, 401, { errors: ["log in first"] });
      return;
    }
    reply(response, 200, []);
  });
  closing.push(api);
  const client = clientOf(api);
  const slow = client.ess.getAll({ params: { module_id: "slow" } });
  await expect.poll(() => releaseFirst).toBeDefined();
  api.endSessions();
  await client.ess.getAll({ params });
  expect(api.logins()).toBe(2);
  releaseFirst?.();
  await slow;
  expect(api.logins()).toBe(2);
});

it("a wrong password rejects every call that waits, after one log-in", async () => {
  const api = await startApi();
  const client = createClient({ baseUrl: api.baseUrl, username: "ada", password: "wrong" });
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => client.ess.getAll({ params })));
  expect(api.received.map((r) => r.path)).toEqual(["/v1/login"]);
  for (const result of results) {
    expect(result).toMatchObject({
      status: "rejected",
      reason: { name: "EcaResponseError", status: 401, code: "invalid_credentials" },
    });
  }
  await expect(client.ess.getAll({ params })).rejects.toThrow(
    "auth.login: 401 invalid_credentials: username or password is wrong",
  );
  expect(api.logins()).toBe(2);
});

it("a fresh token that is refused as well rejects the call, without a loop", async () => {
  const server = await startTestServer((request, response) => {
    if (request.path === "/v1/login") reply(response, 200, { session_id: "t" });
    else reply(response, 401, { errors: ["log in first"] }, { "x-error-code": "unauthenticated" });
  });
  closing.push(server);
  await expect(clientOf(server).ess.getAll({ params })).rejects.toMatchObject({ status: 401, code: "unauthenticated" });
  expect(server.received.map((r) => r.path)).toEqual(["/v1/login", "/v1/ess/a", "/v1/login", "/v1/ess/a"]);
});

it("a client with a token never logs in", async () => {
  const api = await startApi();
  const client = createClient({ baseUrl: api.baseUrl, token: "expired" });
  await expect(client.ess.getAll({ params })).rejects.toBeInstanceOf(EcaResponseError);
  await expect(client.ess.getAll({ params })).rejects.toMatchObject({ status: 401 });
  expect(api.received.map((r) => [r.path, r.headers.authorization])).toEqual([
    ["/v1/ess/a", "Bearer expired"],
    ["/v1/ess/a", "Bearer expired"],
  ]);
});

it("after a log-out the next call logs in anew", async () => {
  const api = await startApi();
  const client = clientOf(api);
  await client.ess.getAll({ params });
  await client.auth.logout();
  await client.ess.getAll({ params });
  expect(api.received.map((r) => [r.path, r.headers.authorization])).toEqual([
    ["/v1/login", undefined],
    ["/v1/ess/a", "Bearer t1"],
    ["/v1/logout", "Bearer t1"],
    ["/v1/login", undefined],
    ["/v1/ess/a", "Bearer t2"],
  ]);
});

it("logging someone in by hand sends no token and leaves the client's own session alone", async () => {
  const api = await startApi();
  const client = clientOf(api);
  await client.ess.getAll({ params });
  const { body } = await client.auth.login({ body: { username: "ada", password: "secret" } });
  expect(body.session_id).toBe("t2");
  expect(api.received.at(-1)?.headers.authorization).toBeUndefined();
  await client.ess.getAll({ params });
  expect(api.received.at(-1)?.headers.authorization).toBe("Bearer t1");
});

it("one caller's end does not end the log-in that others wait for", async () => {
  let answerLogin: (() => void) | undefined;
  const server = await startTestServer((request, response) => {
    if (request.path === "/v1/login") answerLogin = () => reply(response, 200, { session_id: "t" });
    else reply(response, 200, []);
  });
  closing.push(server);
  const client = clientOf(server);
  const leaving = new AbortController();
  const ended = Promise.allSettled([
    client.ess.getAll({ params, signal: leaving.signal }),
    client.ess.getAll({ params, timeoutMs: 20 }),
  ]);
  const third = client.ess.getAll({ params });
  await expect.poll(() => answerLogin).toBeDefined();
  leaving.abort();
  expect(await ended).toEqual([
    { status: "rejected", reason: expect.any(EcaAbortError) as unknown },
    { status: "rejected", reason: expect.any(EcaTimeoutError) as unknown },
  ]);
  answerLogin?.();
  expect((await third).body).toEqual([]);
  expect(server.received.map((r) => r.path)).toEqual(["/v1/login", "/v1/ess/a"]);
});

it("a call that was aborted before it began sends nothing, no log-in either", async () => {
  const sent = vi.fn<typeof fetch>(() => Promise.resolve(Response.json({ session_id: "t" })));
  const client = createClient({ baseUrl: "http://twin.example/v1", username: "ada", password: "secret", fetch: sent });
  const signal = AbortSignal.abort(new Error("not wanted"));
  await expect(client.ess.getAll({ params, signal })).rejects.toMatchObject({
    name: "EcaAbortError",
    cause: new Error("not wanted"),
  });
  expect(sent).not.toHaveBeenCalled();
});

it("a reply to the log-in that holds no token is not taken for one", async () => {
  const server = await startTestServer((_, response) => reply(response, 200, { hello: "world" }));
  closing.push(server);
  await expect(clientOf(server).ess.getAll({ params })).rejects.toBeInstanceOf(EcaProtocolError);
  expect(server.received).toHaveLength(1);
});

it("a token that HTTP cannot carry is refused without being printed", async () => {
  const client = createClient({ baseUrl: "http://127.0.0.1:1/v1", token: "to\nken" });
  await expect(client.ess.getAll({ params })).rejects.toThrow(
    new EcaArgumentError('ess.getAll: HTTP does not allow this value, or this name, for the header "authorization"'),
  );
});
