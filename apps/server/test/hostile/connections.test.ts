import { connect } from "node:net";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { contentsOf } from "../contents.fixture.js";
import { openRawConnection, type RawAnswer, sendRaw } from "../raw-connection.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const maxConnections = 40;
let server: TestServer;
/** One that waits for nobody. */
let hasty: TestServer;
let before: Record<string, unknown>;

beforeAll(async () => {
  server = await startTestServer({ ECA_MAX_CONNECTIONS: String(maxConnections), ECA_LOG_LEVEL: "debug" });
  hasty = await startTestServer({ ECA_REQUEST_TIMEOUT: "500ms" });
  await server.post("/v1/ess", { module_id: "ac", state: [1], valence: 1 });
  await server.post("/v1/sequence", { module_id: "ac", instance_id: 1 });
  before = await contentsOf(server);
});

const refused = '{"module_id":"ac","instance_id":99}';

function headOf(method: string, path: string, headers: Readonly<Record<string, string>> = {}, to = server): string {
  const all = { host: "x", authorization: `Bearer ${to.token}`, "content-type": "application/json", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function expectRefusals(answers: readonly RawAnswer[], status: number, code: string): void {
  expect(answers.map((answer) => [answer.status, answer.headers["x-error-code"]])).toEqual([[status, code]]);
  for (const { headers, text } of answers) {
    expect(text).toMatch(/^\{"errors":\["/);
    expect(headers["connection"]).toBe("close");
    expect(headers["x-request-id"]).toMatch(/^[\w-]+$/);
  }
}

describe("requests whose length is open to doubt", () => {
  const smuggled = "GET /v1/nowhere HTTP/1.1\r\nhost: x\r\n\r\n";

  it.each([
    ["both lengths", "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["both, the other way round", "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n"],
    ["two lengths", "content-length: 0\r\ncontent-length: 40\r\n\r\n"],
    ["the same length twice", "content-length: 0\r\ncontent-length: 0\r\n\r\n"],
    ["a list of lengths", "content-length: 0, 40\r\n\r\n"],
    ["a negative length", "content-length: -1\r\n\r\n"],
    ["a length with a sign", "content-length: +0\r\n\r\n"],
    ["a hexadecimal length", "content-length: 0x0\r\n\r\n"],
    ["no number", "content-length: zero\r\n\r\n"],
    ["no length", "content-length: \r\n\r\n"],
    ["a length beyond 2^64", "content-length: 18446744073709551616\r\n\r\n"],
    ["chunks within chunks", "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n"],
    ["chunked, then something", "transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n"],
    ["a tab in the coding", "transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n"],
    ["a space before the colon", "transfer-encoding : chunked\r\n\r\n0\r\n\r\n"],
    ["a folded coding", "transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n"],
    ["a coding behind a line feed", "x-a: a\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a chunk's length that is no number", "transfer-encoding: chunked\r\n\r\nzz\r\n\r\n"],
    ["a chunk's length with a sign", "transfer-encoding: chunked\r\n\r\n-1\r\n\r\n"],
    ["a chunk's length beyond 2^64", "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n"],
    ["a chunk that is longer than it says", "transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"],
    ["chunks that end in line feeds", "transfer-encoding: chunked\r\n\r\n0\n\n"],
  ])("%s: refused, and what follows is never looked at", async (_name, rest) => {
    const head = headOf("POST", "/v1/sequence").slice(0, -2);
    expectRefusals(await sendRaw(server.url, head + rest + smuggled), 400, "invalid_request");
  });

  it("an unknown coding: refused once, by the parser or by the route, whichever is first", async () => {
    const head = headOf("POST", "/v1/sequence").slice(0, -2);
    for (let round = 0; round < 20; round++) {
      const bytes = `${head}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`;
      const codes = (await sendRaw(server.url, bytes)).map((answer) => answer.headers["x-error-code"]);
      expect([["invalid_request"], ["unsupported_media_type"]]).toContainEqual(codes);
    }
  });

  it("extensions of chunks do not add up without end", async () => {
    const connection = await openRawConnection(server.url);
    connection.write(headOf("POST", "/v1/sequence", { "transfer-encoding": "chunked" }));
    connection.write(`1;${"x".repeat(40_000)}\r\n \r\n0\r\n\r\n`);
    const [answer] = await connection.closed();
    expect([400, 413, 431]).toContain(answer?.status);
  });
});

describe("pipelined requests", () => {
  it("are answered in their order", async () => {
    const connection = await openRawConnection(server.url);
    const paths = ["/v1/ess/ac/1", "/v1/nowhere", "/healthz", "/v1/sequence/ac", "/v1/ess/ac/99"];
    connection.write(paths.map((path) => headOf("GET", path)).join(""));
    const answers = await connection.answers(paths.length);
    expect(answers.map((answer) => answer.status)).toEqual([200, 404, 200, 200, 404]);
    connection.socket.destroy();
  });

  it("a broken one is refused behind the answers to those before it", async () => {
    const connection = await openRawConnection(server.url);
    connection.write(`${headOf("GET", "/v1/ess/ac")}${headOf("GET", "/v1/sequence/ac")}NONSENSE\r\n\r\n`);
    const answers = await connection.closed();
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 400]);
    expect(JSON.parse(answers[0]?.text ?? "")).toHaveLength(1);
  });

  it("a body that is refused before it has come does not become the next request", async () => {
    const body = headOf("GET", "/v1/ess/ac");
    const connection = await openRawConnection(server.url);
    const head = { "content-length": String(body.length), authorization: "Bearer nobody" };
    connection.write(headOf("POST", "/v1/sequence", head) + body + headOf("GET", "/healthz"));
    expect((await connection.answers(2)).map((answer) => answer.status)).toEqual([401, 200]);
    connection.socket.destroy();
  });

  it("a body that no route reads does not become the next request", async () => {
    const body = headOf("GET", "/v1/ess/ac");
    const connection = await openRawConnection(server.url);
    connection.write(headOf("GET", "/healthz", { "content-length": String(body.length) }) + body);
    connection.write(headOf("GET", "/v1/nowhere"));
    expect((await connection.answers(2)).map((answer) => answer.status)).toEqual([200, 404]);
    connection.socket.destroy();
  });
});

describe.concurrent("slow requests", () => {
  it("headers that do not end", async () => {
    const connection = await openRawConnection(hasty.url);
    connection.write("GET /v1/ess/ac HTTP/1.1\r\nhost: x\r\n");
    expectRefusals(await connection.closed(), 408, "request_timeout");
  });

  it("headers that come byte by byte", async () => {
    const connection = await openRawConnection(hasty.url);
    connection.write("GET /v1/ess/ac HTTP/1.1\r\nhost: x\r\nx-a: ");
    const drip = setInterval(() => connection.write("a"), 10);
    expectRefusals(await connection.closed(), 408, "request_timeout");
    clearInterval(drip);
  });

  it("nothing at all", async () => {
    const connection = await openRawConnection(hasty.url);
    expectRefusals(await connection.closed(), 408, "request_timeout");
  });

  it.each([
    ["announced", { "content-length": "100" }, '{"module_id":'],
    ["chunked", { "transfer-encoding": "chunked" }, "5\r\n{   "],
  ])("a body that does not end, %s", async (_name, headers, begin) => {
    const connection = await openRawConnection(hasty.url);
    connection.write(headOf("POST", "/v1/sequence", headers, hasty) + begin);
    expectRefusals(await connection.closed(), 408, "request_timeout");
  });

  it("many of them at once, none of which keeps a connection", async () => {
    const connections = await Promise.all(Array.from({ length: 200 }, () => openRawConnection(hasty.url)));
    for (const connection of connections) connection.write("GET /healthz HTTP/1.1\r\n");
    const answers = await Promise.all(connections.map((connection) => connection.closed()));
    expect(answers.map(([answer]) => answer?.status)).toEqual(connections.map(() => 408));
  });

  it("are told as problems to those who ask for them", async () => {
    const connection = await openRawConnection(hasty.url);
    const headers = { "content-length": "100", accept: "application/problem+json" };
    connection.write(headOf("POST", "/v1/sequence", headers, hasty));
    const [answer] = await connection.closed();
    expect(answer?.headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(answer?.text ?? "")).toMatchObject({ status: 408, code: "request_timeout" });
  });
});

describe("broken connections", () => {
  it("an upload that is broken off changes nothing and takes nothing down", async () => {
    for (let round = 0; round < 20; round++) {
      const connection = await openRawConnection(server.url);
      connection.write(headOf("POST", "/v1/sequence", { "content-length": "1000" }) + refused);
      connection.socket.resetAndDestroy();
    }
    expect((await server.get("/healthz")).status).toBe(200);
  });

  it("what is refused before it is a request is found in the log by its id", async () => {
    const [answer] = await sendRaw(server.url, "NONSENSE\r\n\r\n");
    const logged = server.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged).toContainEqual(
      expect.objectContaining({
        request_id: answer?.headers["x-request-id"],
        status: 400,
        error_code: "invalid_request",
      }),
    );
  });

  it("a refused caller that goes on and never closes is heard out, then cut off", async () => {
    const connection = await openRawConnection(server.url);
    connection.write("NONSENSE\r\n\r\n");
    await connection.answers(1);
    connection.write("MORE OF IT\r\n".repeat(1000));
    expect(connection.received).toContain("400 Bad Request");
    const open = async (): Promise<string | undefined> => {
      const metrics = await server.get("/metrics");
      return /^eca_http_connections (\d+)/m.exec(metrics.text)?.[1];
    };
    // The call that asks is the one that is left.
    await vi.waitFor(async () => expect(await open()).toBe("1"), { timeout: 10_000 });
    connection.socket.destroy();
  });

  it("an upload whose sender ends its side is over", async () => {
    const connection = await openRawConnection(server.url);
    connection.write(headOf("POST", "/v1/sequence", { "content-length": "1000" }) + refused);
    connection.end();
    const answers = await connection.closed();
    expect(answers.every((answer) => answer.status === 400)).toBe(true);
  });

  it("a whole request whose sender ends its side is answered", async () => {
    const connection = await openRawConnection(server.url);
    connection.write(headOf("GET", "/v1/ess/ac/1"));
    connection.end();
    expect((await connection.closed()).map((answer) => answer.status)).toEqual([200]);
  });

  it("a list that nobody waits for is not read on", async () => {
    for (let round = 0; round < 20; round++) {
      const connection = await openRawConnection(server.url);
      connection.write(headOf("GET", "/v1/ess/ac"));
      connection.socket.destroy();
    }
    expect((await server.get("/healthz")).status).toBe(200);
  });
});

describe("readers that take nothing", () => {
  it("of a long list are cut off, and what was read for them ends", async () => {
    const impatient = await startTestServer({ ECA_REPLY_TIMEOUT: "200ms", ECA_LOG_LEVEL: "debug" });
    await impatient.post("/v1/ess", { module_id: "log", state: [1], valence: 1 });
    const context = "x".repeat(2 ** 18);
    // More than the system takes by itself of a connection on one machine.
    for (let row = 0; row < 128; row++) {
      await impatient.post("/v1/sequence", { module_id: "log", instance_id: 1, context });
    }
    const { hostname, port } = new URL(impatient.url);
    const readers = Array.from({ length: 5 }, () => {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on("error", () => {}).write(headOf("GET", "/v1/sequence/log", {}, impatient));
      return socket;
    });
    const cutOff = () => impatient.logs.filter((line) => line.includes('"aborted":true'));
    await vi.waitFor(() => expect(cutOff()).toHaveLength(readers.length), { timeout: 10_000 });
    for (const reader of readers) reader.destroy();
    expect((await impatient.get("/v1/sequence/log")).json).toHaveLength(128);
  });
});

describe("many connections", () => {
  it("beyond the limit are closed at once, and taken again when there is room", async () => {
    const connections = await Promise.all(
      Array.from({ length: maxConnections }, async () => {
        const connection = await openRawConnection(server.url);
        connection.write(headOf("GET", "/healthz"));
        await connection.answers(1);
        return connection;
      }),
    );
    const beyond = await openRawConnection(server.url);
    beyond.write(headOf("GET", "/healthz"));
    expect(await beyond.closed()).toEqual([]);
    for (const { socket } of connections) socket.destroy();
    // The server learns of it a moment later.
    let answers: RawAnswer[] = [];
    while (answers.length === 0)
      answers = await sendRaw(server.url, headOf("GET", "/healthz", { connection: "close" }));
    expect(answers.map((answer) => answer.status)).toEqual([200]);
    const metrics = await server.get("/metrics");
    expect(Number(/^eca_http_connections_refused_total (\d+)/m.exec(metrics.text)?.[1])).toBeGreaterThan(0);
  });
});

describe("after all of it", () => {
  it("nothing has changed, and nothing has failed", async () => {
    expect(await contentsOf(server)).toEqual(before);
    expect(server.logs.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
  });
});
