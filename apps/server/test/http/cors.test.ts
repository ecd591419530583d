import { describe, expect, it } from "vitest";
import { startTestServer } from "../test-server.fixture.js";

const preflight = (origin: string) => ({
  method: "OPTIONS",
  path: "/v1/ess/ac",
  token: null,
  headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
});

describe("cross-origin calls", () => {
  it("are off unless configured", async () => {
    const server = await startTestServer();
    const answer = await server.call(preflight("https://console.example.org"));
    expect(answer.status).toBe(405);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  });

  it("are allowed from the configured origins alone", async () => {
    const server = await startTestServer({ ECA_CORS_ORIGINS: "https://console.example.org" });
    const allowed = await server.call(preflight("https://console.example.org"));
    expect(allowed.headers["access-control-allow-origin"]).toBe("https://console.example.org");
    expect(allowed.headers["access-control-allow-headers"]).toBe("authorization");
    const other = await server.call(preflight("https://evil.example.org"));
    expect(other.headers["access-control-allow-origin"]).not.toBe("https://evil.example.org");
    const called = await server.call({ path: "/healthz", headers: { origin: "https://console.example.org" } });
    expect(called.headers["access-control-expose-headers"]).toContain("X-Error-Code");
  });
});
