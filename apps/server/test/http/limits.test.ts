import { readFile } from "node:fs/promises";
import { limits as limitsSchema } from "@eca/contract";
import { beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { toLimits } from "../../src/limits/limits.js";
import { toWireLimits } from "../../src/limits/wire.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    ECA_BODY_LIMIT: "128KiB",
    ECA_REQUEST_TIMEOUT: "90s",
    ECA_REPLY_TIMEOUT: "45s",
    ECA_MAX_JSON_DEPTH: "5",
    ECA_MAX_STATE_LENGTH: "8",
    ECA_MAX_COMPONENTS: "8",
    ECA_MAX_MODULE_ID_LENGTH: "20",
    ECA_MAX_TEXT_LENGTH: "50",
    ECA_MAX_PAGE_SIZE: "3",
    ECA_MAX_CONNECTIONS: "50",
    ECA_WS_CONNECTIONS_PER_USER: "7",
    ECA_RATE_SEARCH: "off",
    ECA_RATE_LOGIN: "30/1m",
  });
});

describe("GET /v1/limits", () => {
  it("lists what the configuration sets", async () => {
    const answer = await server.get("/v1/limits");
    expect(answer.status).toBe(200);
    expect(limitsSchema.strict().safeParse(answer.json).success).toBe(true);
    expect(answer.json).toEqual({
      body_bytes: 131_072,
      login_body_bytes: 16_384,
      header_bytes: 16_384,
      header_count: 1000,
      json_depth: 5,
      json_parts: 10_000,
      json_entries: 10_064,
      state_length: 8,
      aggregate_components: 8,
      aggregate_text_length: 50,
      module_id_length: 20,
      text_length: 50,
      page_size: 3,
      prediction_steps: 10_000,
      prediction_numbers: 1_048_576,
      reply_text_length: 8_388_608,
      prediction_rows: 1_000_000,
      kept_reply_seconds: 86_400,
      kept_reply_bytes: 1_048_576,
      kept_reply_bytes_per_user: 67_108_864,
      request_seconds: 90,
      reply_seconds: 45,
      connections: 50,
      live_sockets: 1000,
      live_sockets_per_user: 7,
      live_bytes_per_second: 8_388_608,
      rates: {
        read: { calls: 10_000, seconds: 2 },
        write: { calls: 10_000, seconds: 2 },
        search: null,
        login: { calls: 30, seconds: 60 },
        address: { calls: 40_000, seconds: 2 },
      },
    });
  });

  it("is for callers with a login", async () => {
    expect((await server.call({ path: "/v1/limits", token: null })).status).toBe(401);
  });
});

describe("docs/guides/limits.md", () => {
  it("shows what a server without settings lists, and tells of each limit", async () => {
    const guide = await readFile(new URL("../../../../docs/guides/limits.md", import.meta.url), "utf8");
    const [, shown = ""] = /```json\n([^]*?)```/.exec(guide) ?? [];
    expect(JSON.parse(shown)).toEqual(toWireLimits(toLimits(readConfig({}))));
    const [, table = ""] = /\n\n(\| limit [^]*?)\n\n/.exec(guide) ?? [];
    for (const limit of Object.keys(limitsSchema.shape)) expect(table).toContain(`\`${limit}\``);
  });
});

describe("limits of requests", () => {
  const ess = { module_id: "ac", state: [1], valence: 1 };
  const deep = (depth: number): string =>
    `{"module_id":"ac","state":[1],"valence":1,"extra":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;

  beforeAll(async () => {
    for (const module_id of ["ac", "wide"]) {
      const state = Array.from({ length: module_id === "ac" ? 1 : 4 }, () => 1);
      for (let row = 0; row < 5; row++) await server.post("/v1/ess", { ...ess, module_id, state });
    }
  });

  it.each([
    [
      "state",
      "/v1/ess",
      { ...ess, state: Array.from({ length: 9 }, () => 1) },
      "has 9 entries; the limit is 8",
      "ECA_MAX_STATE_LENGTH",
    ],
    [
      "aggregate_shape",
      "/v1/ess",
      { ...ess, aggregate_shape: Array.from({ length: 9 }, () => 1) },
      "has 9 entries; the limit is 8",
      "ECA_MAX_COMPONENTS",
    ],
    [
      "state",
      "/v1/ess/search",
      { module_id: "ac", state: Array.from({ length: 9 }, () => 1) },
      "has 9 entries; the limit is 8",
      "ECA_MAX_STATE_LENGTH",
    ],
    [
      "module_id",
      "/v1/ess",
      { ...ess, module_id: "m".repeat(21) },
      "has 21 characters; the limit is 20",
      "ECA_MAX_MODULE_ID_LENGTH",
    ],
    [
      "module_id",
      "/v1/predictions",
      { module_id: "m".repeat(21) },
      "has 21 characters; the limit is 20",
      "ECA_MAX_MODULE_ID_LENGTH",
    ],
    [
      "context",
      "/v1/ess",
      { ...ess, context: "c".repeat(51) },
      "has 51 characters; the limit is 50",
      "ECA_MAX_TEXT_LENGTH",
    ],
    [
      "input",
      "/v1/embedding",
      { module_id: "ac", input: "i".repeat(51), hash: "h" },
      "has 51 characters; the limit is 50",
      "ECA_MAX_TEXT_LENGTH",
    ],
    [
      "text",
      "/v1/document",
      { doc_id: "d", text: "t".repeat(51) },
      "has 51 characters; the limit is 50",
      "ECA_MAX_TEXT_LENGTH",
    ],
  ])("%s of POST %s", async (field, path, body, what, setting) => {
    const answer = await server.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.headers["x-error-code"]).toBe("invalid_request");
    expect(answer.json).toEqual({ errors: [`${field}: ${what} (${setting})`] });
  });

  it("names the longest that still fits as one that fits", async () => {
    expect((await server.post("/v1/ess", { ...ess, module_id: "m".repeat(20), context: "c".repeat(50) })).status).toBe(
      201,
    );
    expect(
      (await server.post("/v1/ess", { ...ess, module_id: "long", state: Array.from({ length: 8 }, () => 1) })).status,
    ).toBe(201);
    expect((await server.call({ method: "POST", path: "/v1/ess", body: deep(5) })).status).toBe(201);
  });

  it("module ids and page sizes of paths and queries", async () => {
    const path = await server.get(`/v1/ess/${"m".repeat(21)}`);
    expect(path.json.errors).toEqual([
      "path parameter module_id: has 21 characters; the limit is 20 (ECA_MAX_MODULE_ID_LENGTH)",
    ]);
    const query = await server.get("/v1/ess/ac?limit=4");
    expect(query.json.errors).toEqual(["query parameter limit: is 4; the limit is 3 (ECA_MAX_PAGE_SIZE)"]);
    expect((await server.get("/v1/ess/ac?limit=3")).json).toHaveLength(3);
  });

  it("a page is no larger than the largest one, also where its limit is not given", async () => {
    const page = await server.get("/v1/ess/wide?order=asc");
    expect(page.json).toHaveLength(3);
    expect(page.headers["link"]).toContain('rel="next"');
    expect((await server.get("/v1/ess/wide")).json).toHaveLength(5);
  });

  it("the depth of a body", async () => {
    const answer = await server.call({ method: "POST", path: "/v1/ess", body: deep(6) });
    expect(answer.status).toBe(400);
    expect(answer.headers["x-error-code"]).toBe("invalid_json");
    expect(answer.json.errors[0]).toMatch(/more than 5 deep.*ECA_MAX_JSON_DEPTH/);
  });

  it("the body of a login is smaller than others", async () => {
    const body = { username: "admin", password: "x", padding: "x".repeat(16_384) };
    const answer = await server.call({ method: "POST", path: "/v1/login", body, token: null });
    expect(answer.status).toBe(413);
    expect(answer.json.errors[0]).toContain("16384 bytes");
  });

  it("an aggregate's state, however its components add up", async () => {
    const minimal = { module_id: "sum", state: [], valence: 0 };
    const two = { ...minimal, aggregate_id: [1, 2], aggregate_module_id: ["wide", "wide"] };
    expect((await server.post("/v1/ess", two)).json.state).toHaveLength(8);
    const three = { ...minimal, aggregate_id: [1, 2, 3], aggregate_module_id: ["wide", "wide", "wide"] };
    const answer = await server.post("/v1/ess", { ...three, module_id: "more" });
    expect(answer.status).toBe(400);
    expect(answer.headers["x-error-code"]).toBe("invalid_aggregate");
    expect(answer.json).toEqual({
      ess_from_aggregate:
        "the components join to more numbers than a state may have; the limit is 8 (ECA_MAX_STATE_LENGTH)",
    });
  });

  it("an aggregate's texts, which repeat those of each component, whether it names them alone or gives all", async () => {
    const long = { module_id: "told", state: [1], valence: 1, context: "c".repeat(30) };
    expect((await server.post("/v1/ess", long)).status).toBe(201);
    const named = (count: number) => ({
      module_id: `texts${count}`,
      state: [],
      valence: 0,
      aggregate_id: Array.from({ length: count }, () => 1),
      aggregate_module_id: Array.from({ length: count }, () => "told"),
    });
    expect((await server.post("/v1/ess", named(1))).status).toBe(201);
    for (const body of [named(2), { ...named(2), state: [1, 1], aggregate_shape: [1, 1] }]) {
      const answer = await server.post("/v1/ess", body);
      expect(answer.status).toBe(400);
      expect(answer.headers["x-error-code"]).toBe("invalid_aggregate");
      expect(answer.json.ess_from_aggregate).toBe(
        "the module ids and contexts of the components have more characters together than an aggregate may have; " +
          "the limit is 50 (ECA_MAX_TEXT_LENGTH)",
      );
    }
  });

  it("all that is wrong is told up to a hundred times", async () => {
    const state = Array.from({ length: 8 }, () => "x");
    const lists = { aggregate_id: state, aggregate_shape: state, aggregate_score: state, aggregate_valence: state };
    const more = {
      aggregate_emb_inp: state,
      aggregate_context: state.map(() => 1),
      aggregate_module_id: state.map(() => 1),
    };
    const invalid = { module_id: "", state, valence: "x", score: "x", ...lists, ...more, previous: state };
    const answer = await server.post("/v1/ess", invalid);
    expect(answer.json.errors).toHaveLength(8 * 8 + 3);
    const modules = Array.from({ length: 150 }, () => "");
    const many = await server.post("/v1/key", {
      name: "k",
      role: "reader",
      modules: modules.map(() => "x".repeat(21)),
    });
    expect(many.json.errors).toHaveLength(101);
    expect(many.json.errors[100]).toBe("and 50 more errors");
  });

  it("a long list of what is no entry at all is told as a whole", async () => {
    for (const misfit of ['"x"', "null", "1.5", "1e400", "{}", "[]"]) {
      const body = `{"module_id":"ac","previous_state":[1,2,3${`,${misfit}`.repeat(9000)}]}`;
      const answer = await server.call({ method: "POST", path: "/v1/predictions", body });
      expect([answer.status, answer.json]).toEqual([
        400,
        { errors: ["previous_state: 9000 of 9003 entries are of a wrong type"] },
      ]);
    }
  });
});
