import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { connectLive, type LiveClient } from "../live-client.fixture.js";
import { openRawConnection } from "../raw-connection.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;
/** Pings in quick succession, so that tests which live on answering them stay away. */
let pinging: TestServer;
const clients: LiveClient[] = [];

beforeAll(async () => {
  server = await startTestServer({ ECA_WS_CONNECTIONS_PER_USER: "3" });
  pinging = await startTestServer({ ECA_WS_PING: "100ms" });
});

afterEach(async () => {
  for (const { socket, closed } of clients.splice(0)) {
    socket.terminate();
    await closed;
  }
});

async function connect(token = server.token): Promise<LiveClient> {
  const client = await connectLive(server.url, token);
  clients.push(client);
  return client;
}

const create = (module_id: string, state: number[], more: object = {}) =>
  server.post("/v1/ess", { module_id, state, valence: 0, ...more });
const occur = (module_id: string, instance_id: number) => server.post("/v1/sequence", { module_id, instance_id });

describe("a watch", () => {
  it("tells the newest state, byte for byte as GET does, at each sync_rate", async () => {
    await create("air", [25.3]);
    const client = await connect();
    client.model({ module_id: "air" });
    const { json: first } = await server.get("/v1/ess/air/1");
    expect(await client.next()).toEqual(first);
    expect(await client.next()).toEqual(first);
    await create("air", [26]);
    const { json: second } = await server.get("/v1/ess/air/2");
    expect(await client.nextOf(2)).toEqual(second);
    expect(Object.keys(second)).toHaveLength(19);
  });

  it("tells the state that the module is in, where one comes again", async () => {
    await create("again", [1]);
    await create("again", [2]);
    await occur("again", 2);
    const client = await connect();
    client.model({ module_id: "again" });
    expect(await client.next()).toMatchObject({ id: 2 });
    await occur("again", 1);
    expect(await client.nextOf(1)).toMatchObject({ state: [1] });
    await create("again", [3]);
    expect(await client.nextOf(3)).toMatchObject({ state: [3] });
  });

  it("tells the newest entry of the log, and a state in texts", async () => {
    await create("log", [8]);
    await occur("log", 1);
    const client = await connect();
    client.model({ object: "sequence", module_id: "log", sync_once: true });
    expect(await client.next()).toEqual((await server.get("/v1/sequence/log/-1")).json);
    client.model({ module_id: "log", pretty: true, sync_once: true });
    expect(await client.next()).toEqual((await server.get("/v1/ess/log/pretty/1")).json);
  });

  it("waits for a module that is not there yet", async () => {
    const client = await connect();
    client.model({ module_id: "later", sync_once: true });
    client.socket.send("/model {}");
    expect(await client.next()).toHaveProperty("errors");
    await create("later", [1]);
    expect(await client.next()).toMatchObject({ module_id: "later", id: 1 });
  });

  it("ends with sync_once, others on the socket go on", async () => {
    await create("one", [1]);
    await create("two", [2]);
    const client = await connect();
    client.model({ module_id: "one", sync_once: true });
    client.model({ module_id: "two" });
    const modules: string[] = [];
    for (let frame = 0; frame < 4; frame++) modules.push((await client.next()).module_id);
    expect(modules.toSorted()).toEqual(["one", "two", "two", "two"]);
  });
});

describe("frames draw on the limits of the caller", () => {
  it("each is a read of the session or key, and beyond its rate frames are left out", async () => {
    const limited = await startTestServer({
      ECA_RATE_READ: "6/1h",
      ECA_RATE_EXEMPT: "203.0.113.0/24",
      ECA_METRICS: "public",
    });
    await limited.post("/v1/ess", { module_id: "m", state: [1], valence: 0 });
    const client = await connectLive(limited.url, limited.token);
    clients.push(client);
    client.model({ module_id: "m" });
    // The socket itself was the first read.
    for (let frame = 0; frame < 5; frame++) expect(await client.next()).toMatchObject({ id: 1 });
    const answer = await limited.get("/v1/ess/m/1");
    expect([answer.status, answer.headers["x-error-code"]]).toEqual([429, "rate_limited"]);
    await vi.waitFor(async () => expect(await leftOut(limited)).toBeGreaterThan(2), 10_000);
    expect(client.waiting).toBe(0);
    client.socket.send("hello");
    expect(await client.next()).toHaveProperty("errors");
  });

  it("the bytes of a user are bounded over all sockets together, those of others are not", async () => {
    const limited = await startTestServer({ ECA_WS_BYTES_PER_SECOND: "1B" });
    await limited.post("/v1/ess", { module_id: "m", state: [1], valence: 0 });
    await limited.post("/v1/user", { username: "other", password: "a-password-of-tests", role: "reader" });
    const other = await limited.post("/v1/login", { username: "other", password: "a-password-of-tests" });
    const connectTo = async (token: string) => {
      const client = await connectLive(limited.url, token);
      clients.push(client);
      client.model({ module_id: "m" });
      return client;
    };
    const first = await connectTo(limited.token);
    expect(await first.next()).toMatchObject({ id: 1 });
    const second = await connectTo(limited.token);
    expect(await (await connectTo(other.json.session_id)).next()).toMatchObject({ id: 1 });
    await vi.waitFor(async () => expect(await leftOut(limited)).toBeGreaterThan(5), 10_000);
    expect([first.waiting, second.waiting]).toEqual([0, 0]);
  });
});

/** How many frames a server has left out so far. */
async function leftOut(of: TestServer): Promise<number> {
  const { text } = await of.get("/metrics");
  return Number(/^eca_live_frames_left_out_total (\d+)$/m.exec(text)?.[1]);
}

describe("a bad frame", () => {
  it.each([
    ["hello", "the frame is no command"],
    [randomBytes(8), "the frame is binary"],
    ["/model {", "not JSON"],
    ['/model {"object":"ess","module_id":"air","sync_rate":"1ms"}', "sync_rate"],
    ['/model {"object":"ess","moduleId":"air"}', 'there is "moduleId": did you mean module_id?'],
    ['/model {"objekt":"ess","module_id":"air"}', 'there is "objekt": did you mean object?'],
  ])("%s is answered, and the socket lives on", async (frame, text) => {
    const client = await connect();
    client.socket.send(frame);
    expect(await client.next()).toEqual({ errors: [expect.stringContaining(text)] });
    client.model({ module_id: "air", sync_once: true });
    expect(await client.next()).toMatchObject({ module_id: "air" });
  });

  it("that is too large ends the socket", async () => {
    const client = await connect();
    client.socket.send("a".repeat(65_537));
    expect((await client.closed).code).toBe(1009);
  });

  it("of too many ends the socket", async () => {
    const client = await connect();
    for (let count = 0; count <= 100; count++) client.socket.send("hello");
    expect(await client.closed).toEqual({ code: 1008, reason: "rate_limited" });
    expect(client.waiting).toBe(100);
  });
});

describe("the credential", () => {
  it("ends the socket when its session does", async () => {
    const { json } = await server.call({
      method: "POST",
      path: "/v1/login",
      body: { username: "admin", password: "test-password" },
      token: null,
    });
    const client = await connect(json.session_id);
    client.model({ module_id: "air" });
    await client.next();
    await server.call({ method: "POST", path: "/v1/logout", token: json.session_id });
    expect(await client.closed).toEqual({ code: 1008, reason: "unauthenticated" });
  });

  it("ends the socket when its key is revoked, and keeps it to the key's modules", async () => {
    const { json: key } = await server.post("/v1/key", { name: "viewer", role: "reader", modules: ["air"] });
    const client = await connect(key.token);
    client.model({ module_id: "one" });
    expect(await client.next()).toEqual({ errors: [expect.stringContaining('"one"')] });
    client.model({ module_id: "air" });
    expect(await client.next()).toMatchObject({ module_id: "air" });
    expect((await server.delete(`/v1/key/${key.key_id}`)).status).toBe(200);
    expect(await client.closed).toEqual({ code: 1008, reason: "unauthenticated" });
  });
});

it("a module that is not the caller's is noted in the audit log", async () => {
  const { json: key } = await server.post("/v1/key", { name: "viewer", role: "reader", modules: ["air"] });
  const client = await connect(key.token);
  client.model({ module_id: "one" });
  expect(await client.next()).toHaveProperty("errors");
  // The log is written for certain once the server has stopped.
  await server.restart();
  const { json } = await server.get("/v1/audit?limit=9");
  expect(json).toContainEqual(
    expect.objectContaining({ kind: "access_denied", route: "live.connect", key_id: key.key_id }),
  );
});

describe("a connection", () => {
  it("answers pings", async () => {
    const client = await connect();
    client.socket.ping("are you there");
    const [payload] = (await once(client.socket, "pong")) as [Buffer];
    expect(payload.toString()).toBe("are you there");
  });

  it("is pinged", async () => {
    const client = await connectLive(pinging.url, pinging.token);
    const [payload] = (await once(client.socket, "ping")) as [Buffer];
    expect(payload).toHaveLength(0);
    client.socket.terminate();
    await client.closed;
  });

  it("whose peer is dead is cut off", async () => {
    const connection = await openRawConnection(pinging.url);
    connection.write(handshake({ authorization: `Bearer ${pinging.token}` }));
    await connection.closed();
    expect(connection.received).toMatch(/^HTTP\/1\.1 101 /);
  });

  it("ends in good order when the server stops, which does not wait for it", async () => {
    const client = await connect();
    client.model({ module_id: "air" });
    await client.next();
    await server.restart();
    expect(await client.closed).toEqual({ code: 1001, reason: "unavailable" });
    await server.login();
  });

  it("is one of a limited number for each user, and counted", async () => {
    await Promise.all([connect(), connect(), connect()]);
    expect((await server.get("/metrics")).text).toContain("\neca_live_sockets 3\n");
    const refused = await server.call({ path: "/v1/ws", headers: handshakeHeaders });
    expect([refused.status, refused.headers["x-error-code"]]).toEqual([429, "rate_limited"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  });
});

const handshakeHeaders = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": randomBytes(16).toString("base64"),
};

function handshake(headers: object, head = "GET /v1/ws HTTP/1.1"): string {
  const all = { host: "localhost", ...handshakeHeaders, ...headers };
  return `${head}\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
}

describe("before the upgrade", () => {
  it.each([
    ["no token", {}, null, 401, "unauthenticated"],
    ["a dead token", {}, "ecas_dead", 401, "unauthenticated"],
    ["an older version", { "sec-websocket-version": "8" }, undefined, 426, "upgrade_required"],
    ["a key that is none", { "sec-websocket-key": "short" }, undefined, 400, "invalid_request"],
    ["a bad subprotocol", { "sec-websocket-protocol": "a, a" }, undefined, 400, "invalid_request"],
    ["no wish to upgrade", { connection: "close", upgrade: "" }, undefined, 426, "upgrade_required"],
  ])("%s is refused like any request", async (_, headers, token, status, code) => {
    const call = { path: "/v1/ws", headers: { ...handshakeHeaders, ...headers } };
    const answer = await server.call(token === undefined ? call : { ...call, token });
    expect([answer.status, answer.headers["x-error-code"]]).toEqual([status, code]);
    expect(Object.keys(answer.json)).toEqual(["errors"]);
    expect(answer.headers["x-request-id"]).toBeDefined();
    expect(answer.headers["sec-websocket-version"]).toBe(status === 426 ? "13" : undefined);
  });

  it.each([
    [
      "what a proxy leaves by itself",
      { connection: "close", upgrade: "" },
      "Connection: Upgrade and Upgrade: websocket",
    ],
    ["another protocol", { upgrade: "h2c" }, "Upgrade: websocket"],
    ["another version", { "sec-websocket-version": "12" }, "Sec-WebSocket-Version: 13"],
  ])("%s is told what is missing, and what a proxy must pass on", async (_, headers, missing) => {
    const { status, json } = await server.call({ path: "/v1/ws", headers: { ...handshakeHeaders, ...headers } });
    expect([status, json.errors]).toEqual([
      426,
      [
        `connect to this path with a WebSocket of version 13; the request came without ${missing}; a proxy in between must ` +
          "speak HTTP/1.1 to the server and pass on the headers Connection, Upgrade, Sec-WebSocket-Key, " +
          "Sec-WebSocket-Version and Authorization",
      ],
    ]);
  });

  it("a route that is none, another method and problem details are answered as ever", async () => {
    const headers = handshakeHeaders;
    expect((await server.call({ path: "/v1/wss", headers })).status).toBe(404);
    expect((await server.call({ path: "/v1/ws", method: "POST", headers })).status).toBe(405);
    const accept = "application/problem+json";
    const problem = await server.call({ path: "/v1/ws", headers: { ...headers, accept }, token: null });
    expect(problem.json).toMatchObject({ status: 401, code: "unauthenticated" });
  });

  it("a refusal ends the connection", async () => {
    const connection = await openRawConnection(server.url);
    connection.write(handshake({}) + handshake({}));
    const answers = await connection.closed();
    expect(answers.map(({ status }) => status)).toEqual([401]);
    expect(answers[0]?.headers["connection"]).toBe("close");
  });

  it("a wish for another protocol changes nothing, its body and the next request included", async () => {
    const connection = await openRawConnection(server.url);
    const headers = {
      connection: "Upgrade, HTTP2-Settings",
      upgrade: "h2c",
      "http2-settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
      authorization: `Bearer ${server.token}`,
      "content-type": "application/json",
    };
    const body = JSON.stringify({ module_id: "h2c", state: [1], valence: 1 });
    const post = handshake({ ...headers, "content-length": body.length }, "POST /v1/ess HTTP/1.1");
    // The body comes in two pieces, one behind the head and one by itself.
    connection.write(post + body.slice(0, 10));
    connection.write(body.slice(10));
    expect((await connection.answers(1)).map(({ status }) => status)).toEqual([201]);
    connection.write(`GET /v1/ess/h2c HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${server.token}\r\n\r\n`);
    const [, second] = await connection.answers(2);
    expect(JSON.parse(second?.text ?? "")).toMatchObject([{ module_id: "h2c" }]);
    connection.end();
  });

  it("a wish for another protocol with each request leaves nothing behind", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    const connection = await openRawConnection(server.url);
    const headers = { connection: "Upgrade", upgrade: "h2c", authorization: `Bearer ${server.token}` };
    for (let count = 1; count <= 20; count++) {
      connection.write(handshake(headers, "GET /v1/session HTTP/1.1"));
      expect((await connection.answers(count)).at(-1)?.status).toBe(200);
    }
    connection.end();
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });
});
