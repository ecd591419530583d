import * as fc from "fast-check";
import { contract, routesOf } from "@eca/contract";
import { afterEach, describe, expect, it } from "vitest";
import { type Client, type ClientSettings, createClient } from "./client.js";
import { holdClock } from "../test/held-clock.fixture.js";
import { needsKey } from "./idempotency.js";
import { isRepeatable, parseRetryAfter, retryDelay } from "./retry.js";
import { type Responder, reply, startTestServer, type TestServer, unusedBaseUrl } from "../test/test-server.fixture.js";

const closing: TestServer[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((server) => server.close()));
});

async function serve(respond: Responder): Promise<TestServer> {
  const server = await startTestServer(respond);
  closing.push(server);
  return server;
}

/** Fails the first `times` requests with `fail`, then returns an empty list. */
function failing(times: number, fail: Responder): Responder {
  let left = times;
  return (request, response) => (left-- > 0 ? fail(request, response) : reply(response, 200, []));
}

const busy =
  (status: number, headers: Record<string, string> = {}): Responder =>
  (_, response) =>
    reply(response, status, { errors: ["busy"] }, { "x-error-code": "unavailable", ...headers });

const hangUp: Responder = (_, response) => response.destroy();

function clientOf(server: TestServer, settings: Partial<ClientSettings>): Client {
  return createClient({ baseUrl: server.baseUrl, token: "t", ...settings });
}

const params = { module_id: "a" };

describe("which calls are repeated", () => {
  it("a POST with a key that its route takes, and without one those that change nothing that matters", () => {
    const routes = [...routesOf(contract)];
    const named = (headers: Headers) => routes.filter(([, r]) => !isRepeatable(r, headers)).map(([name]) => name);
    expect(named(new Headers({ "idempotency-key": "k" }))).toEqual(["auth.changePassword"]);
    const changing = routes.filter(([, r]) => r.method === "POST" && needsKey(r, {})).map(([name]) => name);
    expect(named(new Headers())).toEqual(["auth.changePassword", ...changing]);
  });

  it("a change of password is not, whatever headers it is given", async () => {
    const server = await serve(failing(1, busy(503)));
    const headers = { "idempotency-key": "k" };
    const body = { current_password: "the one until now", new_password: "the one from now on" };
    await expect(clientOf(server, { clock: holdClock() }).auth.changePassword({ body, headers })).rejects.toThrow(
      "503",
    );
    expect(server.received).toHaveLength(1);
  });

  it.each([
    ["GET", (client: Client) => client.sequence.getOne({ params: { module_id: "a", id: 1 } })],
    ["PUT", (client: Client) => client.ess.upsert({ params: { module_id: "a", id: 1 } })],
    [
      "PATCH",
      (client: Client) =>
        client.sequence.update({ params: { module_id: "a", id: 1 }, body: { module_id: "a", instance_id: 1 } }),
    ],
    ["DELETE", (client: Client) => client.sequence.delete({ params: { module_id: "a", id: 1 } })],
    ["POST", (client: Client) => client.ess.search({ body: { module_id: "a", state: [1] } })],
  ])("a %s that may be is, with the same bytes", async (method, call) => {
    const server = await serve(failing(2, busy(503)));
    const clock = holdClock();
    await call(clientOf(server, { clock }));
    expect(server.received).toHaveLength(3);
    expect(new Set(server.received.map((r) => `${r.method} ${r.path} ${r.body}`)).size).toBe(1);
    expect(server.received[0]?.method).toBe(method);
  });

  it.each([
    ["503", busy(503)],
    ["429", busy(429, { "retry-after": "0" })],
    ["502 of a proxy", busy(502)],
    ["504 of a proxy", busy(504)],
    ["409 while an earlier attempt is under way", busy(409, { "x-error-code": "idempotency_in_flight" })],
    ["a broken connection", hangUp],
  ])("a create is, after %s, with the same bytes and the same key", async (_, fail) => {
    let left = 2;
    const server = await serve((request, response) =>
      left-- > 0 ? fail(request, response) : reply(response, 201, { id: 1 }),
    );
    await clientOf(server, { clock: holdClock() }).sequence.create({ body: { module_id: "a", instance_id: 1 } });
    expect(server.received).toHaveLength(3);
    expect(new Set(server.received.map((r) => `${String(r.headers["idempotency-key"])} ${r.body}`)).size).toBe(1);
  });

  it.each([
    ["search", (client: Client) => client.ess.search({ body: { module_id: "a", state: [1] } })],
    ["prediction that stores nothing", (client: Client) => client.prediction.predict({ body: { module_id: "a" } })],
    ["question", (client: Client) => client.retrieval.query({ body: { query: "what?" } })],
    ["log-in", (client: Client) => client.auth.login({ body: { username: "ada", password: "x" } })],
  ])("a %s is, without a key", async (_, call) => {
    const server = await serve(failing(2, hangUp));
    await call(clientOf(server, { clock: holdClock() }));
    expect(server.received).toHaveLength(3);
    for (const { headers } of server.received) expect(headers).not.toHaveProperty("idempotency-key");
  });

  it("another 409 is final", async () => {
    const server = await serve(busy(409, { "x-error-code": "embedding_exists" }));
    const body = { module_id: "a", input: "x", hash: "h" };
    await expect(clientOf(server, { clock: holdClock() }).embedding.create({ body })).rejects.toThrow("409");
    expect(server.received).toHaveLength(1);
  });

  it("a 503 for damaged data is final", async () => {
    const server = await serve(busy(503, { "x-error-code": "data_damaged" }));
    await expect(clientOf(server, { clock: holdClock() }).ess.getAll({ params })).rejects.toMatchObject({
      status: 503,
    });
    expect(server.received).toHaveLength(1);
  });

  it.each([400, 401, 403, 404, 408, 413, 500, 501, 507])("%i is final", async (status) => {
    const server = await serve(busy(status));
    await expect(clientOf(server, { clock: holdClock() }).ess.getAll({ params })).rejects.toMatchObject({ status });
    expect(server.received).toHaveLength(1);
  });
});

describe("how often", () => {
  it.each([
    ["429", busy(429)],
    ["503", busy(503)],
    ["a broken connection", hangUp],
    [
      "a reply that breaks off",
      (_, response) => response.writeHead(200, { "content-length": "9" }).write("[", () => response.destroy()),
    ],
  ] satisfies [string, Responder][])("after %s, five times by default", async (_, fail) => {
    const recovering = await serve(failing(5, fail));
    expect((await clientOf(recovering, { clock: holdClock() }).ess.getAll({ params })).body).toEqual([]);
    expect(recovering.received).toHaveLength(6);

    const lost = await serve(fail);
    await expect(clientOf(lost, { clock: holdClock() }).ess.getAll({ params })).rejects.toThrow("ess.getAll");
    expect(lost.received).toHaveLength(6);
  });

  it("no less where the system's clock is set meanwhile", async () => {
    const clock = holdClock();
    let left = 3;
    const server = await serve((request, response) => {
      // Forward beyond every deadline, and back again.
      clock.set(left % 2 === 0 ? 0 : 86_400_000);
      if (left-- > 0) hangUp(request, response);
      else reply(response, 200, []);
    });
    await clientOf(server, { clock, timeoutMs: 60_000 }).ess.getAll({ params });
    expect(server.received).toHaveLength(4);
  });

  it("as configured, or never", async () => {
    const server = await serve(busy(503));
    const clock = holdClock();
    await expect(clientOf(server, { clock, retry: { maxRetries: 1 } }).ess.getAll({ params })).rejects.toThrow("503");
    expect(server.received).toHaveLength(2);
    await expect(clientOf(server, { clock, retry: false }).ess.getAll({ params })).rejects.toThrow("503");
    expect(server.received).toHaveLength(3);
  });

  it("the log-in before a call is repeated by itself", async () => {
    let logins = 0;
    const server = await serve((request, response) => {
      if (request.path === "/v1/login") logins += 1;
      if (request.path === "/v1/login" && logins === 3) reply(response, 200, { session_id: "t" });
      else busy(503)(request, response);
    });
    const client = createClient({ baseUrl: server.baseUrl, username: "ada", password: "x", clock: holdClock() });
    await expect(client.auth.logout()).rejects.toThrow("503");
    expect(server.received.map((r) => r.path)).toEqual([
      ...Array.from({ length: 3 }, () => "/v1/login"),
      ...Array.from({ length: 6 }, () => "/v1/logout"),
    ]);
  });

  it.each([
    { maxRetries: -1 },
    { maxRetries: 1.5 },
    { maxRetries: Number.NaN },
    { baseDelayMs: -1 },
    { maxDelayMs: Number.NaN },
  ])("%j is refused at once", (retry) => {
    expect(() => createClient({ baseUrl: "http://localhost/v1", token: "t", retry })).toThrow("createClient: retry.");
  });
});

describe("how long it waits", () => {
  it("a share of a bound that doubles up to its maximum", async () => {
    const server = await serve(busy(503));
    const clock = holdClock([1, 0.5, 1, 0.25, 1]);
    const retry = { maxRetries: 5, baseDelayMs: 100, maxDelayMs: 500 };
    await expect(clientOf(server, { clock, retry }).ess.getAll({ params })).rejects.toThrow("503");
    expect(clock.waits).toEqual([100, 100, 400, 125, 500]);
  });

  it("between 0 and the bound, whatever chance says", () => {
    const policy = { maxRetries: 9, baseDelayMs: 200, maxDelayMs: 5_000 };
    fc.assert(
      fc.property(fc.nat(2000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (retry, random) => {
        const delay = retryDelay(policy, retry, random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(5_000, 200 * 2 ** retry));
        expect(retryDelay(policy, retry, random, 7_000)).toBe(7_000 + delay);
      }),
    );
  });

  it("what the server asks for in seconds, and a share of the bound", async () => {
    const server = await serve(failing(1, busy(429, { "retry-after": "7" })));
    const clock = holdClock([0.5]);
    await clientOf(server, { clock }).ess.getAll({ params });
    expect(clock.waits).toEqual([7_100]);
  });

  it("what the server asks for as a date", async () => {
    const clock = holdClock([0]);
    const date = new Date(clock.now() + 3_000).toUTCString();
    const server = await serve(failing(1, busy(503, { "retry-after": date })));
    await clientOf(server, { clock }).ess.getAll({ params });
    expect(clock.waits).toEqual([3_000]);
  });

  it("not beyond the call's time limit: it gives up at once with what the server said", async () => {
    const server = await serve(busy(429, { "retry-after": "60" }));
    const clock = holdClock();
    await expect(clientOf(server, { clock, timeoutMs: 59_000 }).ess.getAll({ params })).rejects.toMatchObject({
      status: 429,
      retryAfterMs: 60_000,
    });
    expect(server.received).toHaveLength(1);
    expect(clock.waits).toEqual([]);
  });

  it("no longer than the caller's signal lets it, in real time", async () => {
    const server = await serve(busy(503, { "retry-after": "20" }));
    const leaving = new AbortController();
    const call = clientOf(server, {}).ess.getAll({ params, signal: leaving.signal });
    await expect.poll(() => server.received.length).toBe(1);
    leaving.abort();
    await expect(call).rejects.toMatchObject({ name: "EcaAbortError" });
    expect(server.received).toHaveLength(1);
  });

  it("a refused connection is tried again as well", async () => {
    const clock = holdClock();
    const client = createClient({ baseUrl: await unusedBaseUrl(), token: "t", clock });
    await expect(client.ess.getAll({ params })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(clock.waits).toEqual([100, 200, 400, 800, 1600]);
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 5 ", 5_000],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["", undefined],
    [null, undefined],
  ])("%j is %j ms", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
