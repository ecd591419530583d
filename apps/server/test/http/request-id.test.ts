import { request } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../raw-connection.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ECA_CORS_ORIGINS: "https://console.example.org" });
  await server.post("/v1/ess", { module_id: "ac", state: [1], valence: 1 });
});

const origin = "https://console.example.org";
const etag = async (path: string) => String((await server.get(path)).headers["etag"]);

describe("X-Request-Id is on", () => {
  it.each([
    ["a row", { path: "/v1/ess/ac/1" }, 200],
    ["a list", { path: "/v1/ess/ac" }, 200],
    ["HEAD", { method: "HEAD", path: "/v1/ess/ac/1" }, 200],
    ["a create", { method: "POST", path: "/v1/ess", body: { module_id: "ac", state: [2], valence: 1 } }, 201],
    ["health", { path: "/healthz" }, 200],
    ["metrics", { path: "/metrics" }, 200],
    ["the OpenAPI document", { path: "/v1/openapi.json" }, 200],
    ["the documentation", { path: "/docs" }, 200],
    ["the documentation with a slash", { path: "/docs/" }, 308],
    ["a part of the documentation", { path: "/docs/swagger-ui.css" }, 200],
    ["the explanation of errors", { path: "/docs/errors" }, 200],
    ["HEAD of the documentation", { method: "HEAD", path: "/docs" }, 200],
    ["no route", { path: "/v1/nowhere" }, 404],
    ["another method", { method: "PUT", path: "/docs" }, 405],
    ["a wish without a login", { path: "/v1/ess/ac", token: null }, 401],
    ["no live socket", { path: "/v1/ws" }, 426],
    [
      "a preflight",
      { method: "OPTIONS", path: "/v1/ess/ac", headers: { origin, "access-control-request-method": "GET" } },
      204,
    ],
  ])("%s", async (_name, call, status) => {
    const own = await server.call({
      ...call,
      headers: { ...("headers" in call ? call.headers : {}), "x-request-id": "mine-7" },
    });
    expect([own.status, own.headers["x-request-id"]]).toEqual([status, "mine-7"]);
    const { headers } = await server.call(call);
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(["/v1/ess/ac/1", "/v1/ess/ac", "/v1/openapi.json", "/docs"])("%s where it has not changed", async (path) => {
    const answer = await server.call({
      path,
      headers: { "if-none-match": await etag(path), "x-request-id": "mine-7" },
    });
    expect([answer.status, answer.headers["x-request-id"]]).toEqual([304, "mine-7"]);
  });

  it("a live socket that opens", async () => {
    const answer = await new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const headers = {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        authorization: `Bearer ${server.token}`,
        "x-request-id": "mine-7",
      };
      request({ hostname, port, path: "/v1/ws", agent: false, headers })
        .on("upgrade", (reply, socket) => {
          socket.destroy();
          resolve([reply.statusCode, reply.headers["x-request-id"]]);
        })
        .on("response", (reply) => resolve([reply.statusCode]))
        .on("error", reject)
        .end();
    });
    expect(answer).toEqual([101, "mine-7"]);
  });

  it("what is no request", async () => {
    const [answer] = await sendRaw(server.url, "NONSENSE\r\n\r\n");
    expect(answer?.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});
