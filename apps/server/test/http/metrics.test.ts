import { readFile } from "node:fs/promises";
import { errorCode } from "@eca/contract";
import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

/** The value of one series: `name{a="b"}` or `name`. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe("metrics", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  const scrape = async (): Promise<string> => {
    const answer = await server.get("/metrics");
    expect(answer.status).toBe(200);
    return answer.text;
  };

  it("are text of the Prometheus format, each metric with its help and type", async () => {
    const { headers, text } = await server.get("/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    expect(headers["x-request-id"]).toMatch(/.+/);
    const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(series.length).toBeGreaterThan(50);
    for (const line of series) {
      expect(line).toMatch(/^[a-z_][a-z0-9_]*(\{([a-z_]+="[^"\\]*",?)+\})? (NaN|[+-]?(Inf|[\d.]+(e[+-]?\d+)?))$/i);
      const name = /^[a-z0-9_]+/i.exec(line)?.[0].replace(/_(bucket|sum|count)$/, "") ?? "";
      expect(text).toMatch(new RegExp(`^# TYPE ${name}(_total)? (counter|gauge|histogram|summary)$`, "m"));
    }
  });

  it("say which build runs", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    const series = `eca_build_info{version="${version}",node_version="${process.versions.node}"}`;
    expect(valueOf(await scrape(), series)).toBe(1);
  });

  it("count requests by the name of their route and the class of their status", async () => {
    await server.post("/v1/ess", { module_id: "m", state: [1, 2], valence: 1 });
    for (let id = 1; id <= 5; id++) await server.get(`/v1/ess/m/${id}`);
    await server.call({ path: "/v1/ess/m/1", token: null });
    const text = await scrape();
    const count = (route: string, method: string, status: string) =>
      valueOf(text, `eca_http_request_duration_seconds_count{route="${route}",method="${method}",status="${status}"}`);
    expect(count("ess.create", "POST", "2xx")).toBe(1);
    expect(count("ess.getOne", "GET", "2xx")).toBe(1);
    expect(count("ess.getOne", "GET", "4xx")).toBe(5);
    expect(valueOf(text, 'eca_http_errors_total{code="ess_not_found"}')).toBe(4);
    expect(valueOf(text, 'eca_http_errors_total{code="unauthenticated"}')).toBe(1);
    expect(valueOf(text, "eca_http_requests_in_flight")).toBe(1);
  });

  // Prometheus sees no increase in a counter that begins at 1: an alert would miss the first failure after a start.
  it("count errors from 0 on, each code of the contract", async () => {
    const text = await scrape();
    for (const code of errorCode.options)
      expect([code, valueOf(text, `eca_http_errors_total{code="${code}"}`)]).toEqual([code, expect.any(Number)]);
    expect(valueOf(text, 'eca_http_errors_total{code="internal"}')).toBe(0);
  });

  it("make no series of what callers write", async () => {
    await server.get("/v1/secret-module/nowhere");
    await server.get("/v1/ess/secret-module/1");
    await server.call({ method: "BREW", path: "/v1/secret-module" }).catch(() => undefined);
    await server.call({ method: "PROPFIND", path: "/v1/secret-module" });
    const text = await scrape();
    expect(text).not.toContain("secret-module");
    expect(text).not.toContain("PROPFIND");
    expect(valueOf(text, 'eca_http_request_duration_seconds_count{route="other",method="other",status="4xx"}')).toBe(1);
    expect(valueOf(text, 'eca_http_request_duration_seconds_count{route="other",method="GET",status="4xx"}')).toBe(1);
  });

  it("count commits, what they carry, and searches", async () => {
    const before = await scrape();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        server.post("/v1/ess", { module_id: "searched", state: [index, 1, 2], valence: 1 }),
      ),
    );
    await server.post("/v1/ess/search", { module_id: "searched", state: [3, 1, 2], limit: 1 });
    const after = await scrape();
    const grown = (series: string) => (valueOf(after, series) ?? 0) - (valueOf(before, series) ?? 0);
    expect(grown("eca_commit_group_size_sum")).toBe(20);
    expect(grown("eca_commit_group_size_count")).toBe(grown("eca_commit_duration_seconds_count"));
    expect(grown("eca_commit_duration_seconds_count")).toBeGreaterThan(0);
    expect(grown("eca_search_duration_seconds_count")).toBe(1);
    expect(valueOf(after, "eca_search_index_modules")).toBe(1);
    expect(valueOf(after, "eca_search_index_rows")).toBe(20);
    expect(valueOf(after, "eca_search_index_bytes")).toBeGreaterThanOrEqual(20 * 3 * 4);
  });

  it("tell of sessions, the store, connections and the process", async () => {
    const sessions = valueOf(await scrape(), "eca_sessions") ?? 0;
    const { json } = await server.post("/v1/login", { username: "admin", password: "test-password" });
    expect(valueOf(await scrape(), "eca_sessions")).toBe(sessions + 1);
    await server.call({ method: "POST", path: "/v1/logout", token: json.session_id });
    const text = await scrape();
    expect(valueOf(text, "eca_sessions")).toBe(sessions);
    expect(valueOf(text, "eca_store_used_bytes")).toBeGreaterThan(10_000);
    expect(valueOf(text, "eca_store_free_bytes")).toBeGreaterThan(0);
    expect(valueOf(text, "eca_http_connections")).toBeGreaterThanOrEqual(1);
    const received = valueOf(text, "eca_http_received_bytes_total") ?? 0;
    const sent = valueOf(text, "eca_http_sent_bytes_total") ?? 0;
    await server.post("/v1/ess/search", { module_id: "searched", state: [0, 1, 2], context: "x".repeat(50_000) });
    const later = await scrape();
    expect(valueOf(later, "eca_http_received_bytes_total")).toBeGreaterThan(received + 50_000);
    expect(valueOf(later, "eca_http_sent_bytes_total")).toBeGreaterThan(sent + text.length);
    expect(valueOf(text, "process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
    expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
  });
});

describe("docs/guides/operations.md", () => {
  it("tells of every metric, and of none that is not there", async () => {
    const server = await startTestServer();
    const { text } = await server.get("/metrics");
    const names = [...text.matchAll(/^# TYPE (eca_\w+) (\w+)$/gm)].map(([, name, kind]) => [name, kind]);
    const guide = await readFile(new URL("../../../../docs/guides/operations.md", import.meta.url), "utf8");
    const told = [...guide.matchAll(/^\| `(eca_\w+)` +\| (\w+) /gm)].map(([, name, kind]) => [name, kind]);
    expect(told.toSorted()).toEqual(names.toSorted());
  });
});

describe("access to metrics", () => {
  it.each([
    ["admin", 401, 200],
    ["reader", 401, 200],
    ["public", 200, 200],
    ["off", 404, 404],
  ])("%s: %i without a login, %i with an administrator's", async (access, anonymous, administrator) => {
    const server = await startTestServer({ ECA_METRICS: access });
    expect((await server.call({ path: "/metrics", token: null })).status).toBe(anonymous);
    expect((await server.get("/metrics")).status).toBe(administrator);
    expect((await server.call({ method: "POST", path: "/metrics", token: null })).status).toBe(
      access === "off" ? 404 : 405,
    );
  });

  it("reader lets readers in, admin does not", async () => {
    for (const [access, status] of [
      ["reader", 200],
      ["admin", 403],
    ] as const) {
      const server = await startTestServer({ ECA_METRICS: access });
      const user = { username: "watcher", role: "reader", password: "watch-the-twins" };
      expect((await server.post("/v1/user", user)).status).toBe(201);
      const login = await server.call({ method: "POST", path: "/v1/login", body: user, token: null });
      expect((await server.call({ path: "/metrics", token: login.json.session_id })).status).toBe(status);
      // A collector's key: it opens nothing else.
      const key = await server.post("/v1/key", { name: "collector", role: "reader", modules: ["no-module"] });
      const collect = (path: string) => server.call({ path, token: key.json.token });
      expect((await collect("/metrics")).status).toBe(status);
      await server.post("/v1/ess", { module_id: "m", state: [1], valence: 1 });
      expect((await collect("/v1/module")).json).toEqual([]);
      expect((await collect("/v1/ess/m")).status).toBe(403);
      expect((await collect("/v1/document")).status).toBe(403);
    }
  });
});
