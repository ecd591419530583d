import { type AggregateErrorBody, errorCode, type ErrorCode, problem } from "@eca/contract";
import { beforeAll, describe, expect, it } from "vitest";
import { errorTable } from "../../src/http/errors/error-table.js";
import { openStore } from "../../src/open-store.js";
import { type Store, StoreDamagedError, StoreFailedError, StoreReadOnlyError } from "../../src/store/port/store.js";
import { openRawConnection, type RawAnswer, sendRaw } from "../raw-connection.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Brings an error about, with an `Accept` header where one is given. */
type Trigger = (accept: Readonly<Record<string, string>>) => Promise<ErrorAnswer>;

const hour = 3_600_000_000;
let now = Date.UTC(2026, 0, 1) * 1000;
let clockIsBroken = false;

let server: TestServer;
/** One that waits for nobody. */
let hasty: TestServer;
/** One without room. */
let full: TestServer;
/** One whose disk does as it is told. */
let failing: TestServer;
let diskError: Error | undefined;
let readerToken: string;
let expiredKey: string;
let adminId: string;

beforeAll(async () => {
  const clock = (): number => {
    if (clockIsBroken) throw new Error("the clock is broken");
    now += 1;
    return now;
  };
  server = await startTestServer({ ECA_LOGIN_FAILURES: "5/10m" }, { clock });
  hasty = await startTestServer({ ECA_REQUEST_TIMEOUT: "500ms" });
  full = await startTestServer({ ECA_DATA_LIMIT: "2MiB" });
  failing = await startTestServer({}, { openStore: openFailingStore });
  await server.post("/v1/ess", { module_id: "ac", state: [1], valence: 1 });
  await server.post("/v1/ess", { module_id: "hundreds", state: Array.from({ length: 105 }, () => 1), valence: 1 });
  await server.post("/v1/embedding", { module_id: "ac", input: "warm", hash: "h" });
  readerToken = (await server.post("/v1/key", { name: "reader", role: "reader" })).json.token;
  const expires_at = new Date(now / 1000 + 1000).toISOString();
  expiredKey = (await server.post("/v1/key", { name: "old", role: "reader", expires_at })).json.key_id;
  adminId = (await server.get("/v1/session")).json.user_id;
  await fill();
});

/** A store that refuses every write with `diskError`, where there is one. */
async function openFailingStore(options: Parameters<typeof openStore>[0]): Promise<Store> {
  const store = await openStore(options);
  return {
    ...store,
    transact: async (work) => {
      if (diskError !== undefined) throw diskError;
      return store.transact(work);
    },
  };
}

/** A write to a disk that fails with this error. */
const writeFailing =
  (error: Error): Trigger =>
  async (accept) => {
    diskError = error;
    const answer = await failing.call({
      method: "POST",
      path: "/v1/document",
      body: { doc_id: "d", text: "t" },
      headers: accept,
    });
    diskError = undefined;
    return answer;
  };

async function fill(): Promise<void> {
  await full.post("/v1/ess", { module_id: "ac", state: [1], valence: 1 });
  const entry = { module_id: "ac", instance_id: 1, context: "x".repeat(100_000) };
  while ((await full.post("/v1/sequence", entry)).status === 201);
}

const get =
  (path: string, headers = {}): Trigger =>
  (accept) =>
    server.call({ path, headers: { ...headers, ...accept } });

const send =
  (method: string, path: string, body?: unknown, headers = {}): Trigger =>
  (accept) =>
    server.call({ method, path, body, headers: { ...headers, ...accept } });

const entry = { module_id: "ac", instance_id: 1 };

/** What no HTTP client would send, with the lines of its head. */
async function raw(to: TestServer, lines: readonly string[], accept: Readonly<Record<string, string>>) {
  const all = [...lines, ...Object.entries(accept).map(([name, value]) => `${name}: ${value}`)];
  const [answer] = await sendRaw(to.url, `${all.join("\r\n")}\r\n\r\n`);
  return answer as RawAnswer;
}

/** Each code of the closed set, brought about by a call: a code that is missing fails the first test. */
const triggers: Readonly<Record<ErrorCode, Trigger>> = {
  invalid_request: send("POST", "/v1/sequence", { module_id: "ac" }),
  invalid_json: send("POST", "/v1/sequence", "{"),
  invalid_aggregate: send("POST", "/v1/ess", {
    module_id: "room",
    state: [],
    valence: 0,
    aggregate_id: [9],
    aggregate_module_id: ["ac"],
  }),
  invalid_cursor: get("/v1/ess/ac?after=x"),
  shape_mismatch: send("POST", "/v1/ess", { module_id: "ac", state: [1, 2], valence: 0 }),
  reply_too_large: send("POST", "/v1/predictions", { module_id: "hundreds", current_state: 1, n: 10_000 }),
  unauthenticated: get("/v1/ess/ac", { authorization: "Bearer nobody" }),
  invalid_credentials: send("POST", "/v1/login", { username: "somebody", password: "wrong" }),
  origin_not_allowed: (accept) => {
    const headers = { origin: "https://other.example", "access-control-request-method": "GET", ...accept };
    return server.call({ method: "OPTIONS", path: "/v1/ess/ac", headers });
  },
  forbidden: (accept) =>
    server.call({ method: "POST", path: "/v1/sequence", body: entry, token: readerToken, headers: accept }),
  route_not_found: get("/v1/nowhere"),
  module_not_found: get("/v1/ess/nobody"),
  ess_not_found: get("/v1/ess/ac/9"),
  sequence_not_found: get("/v1/sequence/ac/-1"),
  embedding_not_found: get("/v1/embedding/ac/9"),
  embedding_exists: send("POST", "/v1/embedding", { module_id: "ac", input: "hot", hash: "h" }),
  document_not_found: get("/v1/document/9"),
  document_withdrawn: async (accept) => {
    const { json: entryOf } = await server.post("/v1/sequence", entry);
    const { json } = await server.post(`/v1/document/sequence/ac/${entryOf.id}`, null);
    await server.delete(`/v1/sequence/ac/${entryOf.id}`);
    return server.call({ method: "PUT", path: `/v1/document/embed/${json.id}`, headers: accept });
  },
  response_not_found: get("/v1/response/9"),
  user_not_found: get("/v1/user/nobody"),
  username_taken: send("POST", "/v1/user", { username: "admin", role: "reader", password: "long enough" }),
  last_administrator: (accept) =>
    server.call({ method: "PATCH", path: `/v1/user/${adminId}`, body: { role: "reader" }, headers: accept }),
  key_not_found: get("/v1/key/nobody"),
  key_expired: (accept) => {
    now += hour;
    return server.call({ method: "POST", path: `/v1/key/${expiredKey}/rotate`, headers: accept });
  },
  method_not_allowed: send("PUT", "/v1/ess/ac/1"),
  request_timeout: async (accept) => {
    const connection = await openRawConnection(hasty.url);
    const head = Object.entries({ host: "x", authorization: `Bearer ${hasty.token}`, ...accept });
    connection.write("POST /v1/sequence HTTP/1.1\r\ncontent-length: 9\r\n");
    connection.write(`${head.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n`);
    const [answer] = await connection.closed();
    return answer as RawAnswer;
  },
  payload_too_large: send("POST", "/v1/login", { username: "x".repeat(20_000), password: "" }),
  unsupported_media_type: send("POST", "/v1/sequence", entry, { "content-type": "text/plain" }),
  precondition_failed: send(
    "PATCH",
    "/v1/ess/ac/1",
    { module_id: "ac", state: [1], valence: 1 },
    { "if-match": '"99"' },
  ),
  idempotency_in_flight: async (accept) => {
    const body = JSON.stringify(entry);
    const head = Object.entries({
      host: "x",
      authorization: `Bearer ${server.token}`,
      "content-type": "application/json",
      "content-length": String(body.length),
      "idempotency-key": `in-flight-${now}`,
      ...accept,
    });
    const call = `POST /v1/sequence HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
    const connection = await openRawConnection(server.url);
    // Both are there before the first can be on disk.
    connection.write(call + call);
    const [, second] = await connection.answers(2);
    connection.socket.destroy();
    return second as RawAnswer;
  },
  idempotency_mismatch: async (accept) => {
    const headers = { "idempotency-key": "mismatch", ...accept };
    await server.call({ method: "POST", path: "/v1/sequence", body: entry, headers });
    return server.call({ method: "POST", path: "/v1/sequence", body: { ...entry, context: "other" }, headers });
  },
  upgrade_required: get("/v1/ws"),
  rate_limited: async (accept) => {
    const login = send("POST", "/v1/login", { username: "guessed", password: "wrong" });
    for (let failures = 0; failures < 5; failures++) await login(accept);
    return login(accept);
  },
  headers_too_large: (accept) => raw(server, [`GET /${"x".repeat(20_000)} HTTP/1.1`, "host: x"], accept),
  internal: async (accept) => {
    clockIsBroken = true;
    const answer = await server.call({ method: "POST", path: "/v1/sequence", body: entry, headers: accept });
    clockIsBroken = false;
    return answer;
  },
  unavailable: (accept) => full.call({ path: "/readyz", headers: accept }),
  storage_read_only: writeFailing(new StoreReadOnlyError("read-only")),
  storage_failed: writeFailing(new StoreFailedError("failed")),
  data_damaged: writeFailing(new StoreDamagedError("damaged")),
  storage_full: (accept) =>
    full.call({
      method: "POST",
      path: "/v1/document",
      body: { doc_id: "d", text: "x".repeat(100_000) },
      headers: accept,
    }),
};

describe("the closed set of codes", () => {
  it("has a call for each that brings it about", () => {
    expect(Object.keys(triggers).toSorted()).toEqual(errorCode.options.toSorted());
  });

  it.each(Object.entries(triggers) as [ErrorCode, Trigger][])("%s", async (code, trigger) => {
    const { status, title } = errorTable[code];
    const plain = await trigger({});
    expect([plain.status, plain.headers["x-error-code"]]).toEqual([status, code]);
    expect(plain.headers["content-type"]).toBe("application/json; charset=utf-8");
    const body = JSON.parse(plain.text) as { errors: string[] } | AggregateErrorBody;
    const texts = "errors" in body ? body.errors : Object.values(body).flat();
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(text).toMatch(/\S{2}/);

    const told = await trigger({ accept: "application/problem+json" });
    expect([told.status, told.headers["x-error-code"]]).toEqual([status, code]);
    expect(told.headers["content-type"]).toBe("application/problem+json");
    const details = problem.strict().parse(JSON.parse(told.text));
    expect(details).toMatchObject({ type: `/docs/errors#${code}`, status, title, code });
    expect(details.errors.length).toBeGreaterThan(0);
  });

  it("nothing of the inside is told of a failure, and the log has all of it", async () => {
    const { headers, text } = await triggers.internal({});
    expect(text).not.toContain("clock");
    expect(text).toContain(String(headers["x-request-id"]));
    expect(server.logs.filter((line) => line.includes(String(headers["x-request-id"]))).join()).toContain(
      "the clock is broken",
    );
  });
});
