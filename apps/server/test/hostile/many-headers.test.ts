import { beforeAll, describe, expect, it } from "vitest";
import { openRawConnection, type RawAnswer, sendRaw } from "../raw-connection.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const valence of [1, 2]) await server.post("/v1/ess", { module_id: "ac", state: [valence], valence });
});

/** What every request of this file has: host, authorization, content-type and content-length. */
const own = 4;
const body = JSON.stringify({ module_id: "ac", state: [1], valence: 77 });

/** A request with so many headers, of which the given ones come last. */
function withHeaders(count: number, line: string, last: readonly string[], text = body): string {
  const first = [
    "host: x",
    `authorization: Bearer ${server.token}`,
    "content-type: application/json",
    `content-length: ${text.length}`,
  ];
  const fillers = Array.from({ length: count - own - last.length }, () => "a:");
  return `${[`${line} HTTP/1.1`, ...first, ...fillers, ...last].join("\r\n")}\r\n\r\n${text}`;
}

const outcome = (answers: readonly RawAnswer[]) =>
  answers.map((answer) => [answer.status, answer.headers["x-error-code"], answer.headers["connection"]]);

const tooMany = [431, "headers_too_large", "close"];

// Node hands headers over by 32, and leaves out those beyond the number that it keeps.
const counts = [1001, 1007, 1008, 1024, 1025, 1032, 1033, 1100, 2000, 2001, 3000];

describe("the headers behind a thousand others", () => {
  it.each(counts)("If-Match behind %i headers does not go unchecked", async (count) => {
    const before = await server.get("/v1/ess/ac/1");
    const answers = await sendRaw(server.url, withHeaders(count, "PATCH /v1/ess/ac/1", ['if-match: "99"']));
    expect(outcome(answers)).toEqual([tooMany]);
    expect(answers[0]?.text).toMatch(/^\{"errors":\["the request has \d+ headers; the limit is 1000"\]\}$/);
    expect((await server.get("/v1/ess/ac/1")).text).toBe(before.text);
  });

  it.each(counts)("Idempotency-Key behind %i headers makes no second row", async (count) => {
    const before = (await server.get("/v1/ess/ac")).text;
    const post = withHeaders(count, "POST /v1/ess", [`idempotency-key: k-${count}`]);
    for (let attempt = 0; attempt < 2; attempt++) expect(outcome(await sendRaw(server.url, post))).toEqual([tooMany]);
    expect((await server.get("/v1/ess/ac")).text).toBe(before);
  });

  it.each(counts)("a second Host behind %i headers is not left out", async (count) => {
    const get = withHeaders(count, "GET /v1/ess/ac", ["host: other"], "");
    expect(outcome(await sendRaw(server.url, get))).toEqual([tooMany]);
  });

  it("are all seen up to the limit", async () => {
    for (const count of [990, 992, 999, 1000]) {
      const connection = await openRawConnection(server.url);
      connection.write(withHeaders(count, "PATCH /v1/ess/ac/1", ['if-match: "99"']));
      connection.write(withHeaders(count, "GET /v1/ess/ac", ["host: other"], ""));
      expect((await connection.closed()).map(({ status }) => status)).toEqual([412, 400]);
    }
  });
});

describe("too many headers", () => {
  it("are refused behind the answers to earlier requests, and what comes behind them is not carried out", async () => {
    const before = await server.get("/v1/ess/ac/1");
    const requests = [
      withHeaders(10, "GET /v1/ess/ac/2", [], ""),
      withHeaders(1001, "PATCH /v1/ess/ac/1", ['if-match: "99"']),
      withHeaders(10, "PATCH /v1/ess/ac/1", []),
    ];
    const answers = await sendRaw(server.url, requests.join(""));
    expect(answers.map(({ status }) => status)).toEqual([200, 431]);
    expect((await server.get("/v1/ess/ac/1")).text).toBe(before.text);
  });

  it.each([
    ["a live socket", "GET /v1/ws", "websocket"],
    ["another protocol", "GET /v1/ess/ac", "h2c"],
  ])("are refused on the way to %s too", async (_name, line, protocol) => {
    const upgrade = ["connection: upgrade", `upgrade: ${protocol}`, "sec-websocket-version: 13"];
    const key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    const answers = await sendRaw(server.url, withHeaders(1100, line, [...upgrade, key, "host: other"], ""));
    expect(outcome(answers)).toEqual([tooMany]);
  });

  it("are refused before the body is asked for", async () => {
    const head = withHeaders(1100, "POST /v1/ess", ["expect: 100-continue"], "").replace(
      /(?<=content-length: )0/,
      "60",
    );
    expect(outcome(await sendRaw(server.url, head))).toEqual([tooMany]);
  });

  it("are told as a problem to those who ask for it behind them all", async () => {
    const [answer] = await sendRaw(
      server.url,
      withHeaders(1100, "GET /v1/ess/ac", ["accept: application/problem+json"], ""),
    );
    expect(JSON.parse(answer?.text ?? "")).toMatchObject({ status: 431, code: "headers_too_large" });
  });
});

describe("a head that means two things", () => {
  const once = "GET /v1/session HTTP/1.1\r\n";
  const next = (): string => withHeaders(own, "PATCH /v1/ess/ac/1", []);

  it.each([
    ["no Host", ""],
    ["two Hosts", "host: a\r\nhost: b\r\n"],
    ["a Host with a space", "host: a b\r\n"],
    ["a Host with a path", "host: a/b\r\n"],
    ["a Host with a user", "host: user@a\r\n"],
    ["a list of Hosts", "host: a, b\r\n"],
    ["a Host with a port that is no number", "host: a:b\r\n"],
    ["a Host with an open bracket", "host: [::1\r\n"],
    ["a Host with a port that there is not", "host: a:65536\r\n"],
    ["a Host with brackets around no address", "host: [zz]\r\n"],
    ["a Host with brackets around IPv4", "host: [127.0.0.1]\r\n"],
    ["a Host with bytes beyond ASCII", "host: \u00fc\r\n"],
    ["two credentials", "host: a\r\nauthorization: Bearer x\r\nAuthorization: Bearer y\r\n"],
    ["two types of its body", "host: a\r\ncontent-type: application/json\r\nContent-Type: text/plain\r\n"],
  ])("%s: ends the connection, and what comes behind is not carried out", async (_name, headers) => {
    const before = await server.get("/v1/ess/ac/1");
    const answers = await sendRaw(server.url, `${once}${headers}\r\n${next()}`);
    expect(outcome(answers)).toEqual([[400, "invalid_request", "close"]]);
    expect((await server.get("/v1/ess/ac/1")).text).toBe(before.text);
  });

  it.each([
    "",
    "x",
    "x:",
    "x:80",
    "x:65535",
    "127.0.0.1:2580",
    "[::ffff:127.0.0.1]:2580",
    "[::1]",
    "[fe80::1%25eth0]:80",
    "a_b.example",
    "%C3%BC",
    "[v1.a:b]",
  ])("the Host %j is one", async (host) => {
    const head = `${once}host: ${host}\r\nauthorization: Bearer ${server.token}\r\nconnection: close\r\n\r\n`;
    expect((await sendRaw(server.url, head)).map(({ status }) => status)).toEqual([200]);
  });
});
