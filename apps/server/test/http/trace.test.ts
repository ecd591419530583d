import { beforeAll, expect, it, vi } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const trace = { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", parent_id: "00f067aa0ba902b7" };
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ ECA_LOG_LEVEL: "debug" });
});

/** What the log tells of one request, and what its caller was answered. */
async function logged(headers: Record<string, string>, path = "/v1/module") {
  const answer = await server.call({ path, headers });
  const requestId = answer.headers["x-request-id"];
  // It is written once the connection is done with the answer, which may be after the caller has it.
  const line = await vi.waitFor(() => {
    const found = server.logs.map((text) => JSON.parse(text)).find((entry) => entry.request_id === requestId);
    expect(found).toBeDefined();
    return found;
  });
  return { answer, line };
}

it("a request is logged with its route and the trace that it belongs to", async () => {
  const { line } = await logged({ traceparent, tracestate: "vendor=1" });
  expect(line).toMatchObject({ msg: "request", level: 20, route: "module.getAll", status: 200, ...trace });
  expect(line).toMatchObject({ method: "GET", path: "/v1/module", address: "127.0.0.1", ms: expect.any(Number) });
});

it("a refusal is too, with its code", async () => {
  const { line } = await logged({ traceparent }, "/v1/module/nowhere?secret=1");
  expect(line).toMatchObject({ level: 30, route: "module.getOne", error_code: "module_not_found", ...trace });
  expect(JSON.stringify(line)).not.toContain("secret");
});

it.each(["00-xyz", `${traceparent}-more`, traceparent.toUpperCase(), "", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`])(
  "traceparent %j is ignored",
  async (malformed) => {
    const { answer, line } = await logged({ traceparent: malformed });
    expect(answer.status).toBe(200);
    expect(line).toMatchObject({ msg: "request", status: 200 });
    expect(line).not.toHaveProperty("trace_id");
    expect(line).not.toHaveProperty("parent_id");
  },
);

it("nothing of the trace is sent back", async () => {
  const { answer } = await logged({ traceparent, tracestate: "vendor=1" });
  expect(Object.keys(answer.headers).filter((name) => name.startsWith("trace"))).toEqual([]);
});
