import { describe, expect, it } from "vitest";
import { startTestServer } from "../test-server.fixture.js";

const preflight = (origin: string, path = "/v1/ess/ac") => ({
  method: "OPTIONS",
  path,
  token: null,
  headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
});

const console = "https://console.example.org";
const other = "https://other.example.org";

describe("cross-origin calls", () => {
  it("are off unless configured, and the refusal names the setting and the origin", async () => {
    const server = await startTestServer();
    for (const path of ["/v1/ess/ac", "/v1/login", "/v1/nowhere", "/healthz", "/docs"]) {
      const answer = await server.call(preflight(console, path));
      expect([answer.status, answer.headers["x-error-code"]]).toEqual([403, "origin_not_allowed"]);
      expect(answer.json.errors).toEqual([
        `pages of ${console} may not call this server; allow them by ECA_CORS_ORIGINS=${console}`,
      ]);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    }
  });

  it("are allowed from the configured origins alone", async () => {
    const server = await startTestServer({ ECA_CORS_ORIGINS: console });
    const allowed = await server.call(preflight(console));
    expect(allowed.status).toBe(204);
    expect(allowed.headers["access-control-allow-origin"]).toBe(console);
    expect(allowed.headers["access-control-allow-headers"]).toBe("authorization");
    const refused = await server.call(preflight(other));
    expect([refused.status, refused.headers["x-error-code"]]).toEqual([403, "origin_not_allowed"]);
    expect(refused.json.errors[0]).toContain(`ECA_CORS_ORIGINS=${console},${other}`);
    expect(refused.headers).not.toHaveProperty("access-control-allow-origin");
    const called = await server.call({ path: "/healthz", headers: { origin: console } });
    expect(called.headers["access-control-allow-origin"]).toBe(console);
    expect(called.headers["access-control-expose-headers"]).toContain("X-Error-Code");
  });

  it("are allowed from everywhere by *", async () => {
    const server = await startTestServer({ ECA_CORS_ORIGINS: "*" });
    const answer = await server.call(preflight(other));
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([204, "*"]);
  });

  it("leave calls of the server's own pages and of programs as they are", async () => {
    const server = await startTestServer();
    const own = await server.call({ method: "POST", path: "/v1/login", body: {}, headers: { origin: server.url } });
    expect(own.status).toBe(400);
    const options = await server.call({ method: "OPTIONS", path: "/v1/ess/ac", token: null });
    expect([options.status, options.headers["allow"]]).toEqual([405, "GET, HEAD"]);
  });

  it("of a page that is not allowed can tell by /healthz that the server is there, and that they are not", async () => {
    const server = await startTestServer({ ECA_CORS_ORIGINS: console });
    const answer = await server.call({ path: "/healthz", token: null, headers: { origin: other } });
    expect(answer.status).toBe(200);
    expect(answer.headers["access-control-allow-origin"]).toBe("*");
    expect(answer.headers).not.toHaveProperty("access-control-expose-headers");
    for (const path of ["/readyz", "/v1/session", "/v1/openapi.json"]) {
      const { headers } = await server.call({ path, headers: { origin: other } });
      expect(headers).not.toHaveProperty("access-control-allow-origin");
    }
  });

  it("name no origin that is none, nor a long one whole", async () => {
    const server = await startTestServer();
    const { json } = await server.call(preflight(`https://${"x".repeat(5000)}.example`));
    expect(json.errors[0].length).toBeLessThan(700);
    expect((await server.call(preflight("null"))).json.errors).toEqual([
      "pages without an origin, such as files, may not call this server; serve the page by HTTP, and allow its origin by ECA_CORS_ORIGINS",
    ]);
  });
});
