import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emotifiedInstances, serverConfig, twinConfig } from "../original-config.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const main = new URL("../../dist/main.js", import.meta.url).pathname;

let server: TestServer;
/** Where the configurations are, and from where they are imported. */
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-config-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, content: unknown): Promise<void> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content, undefined, 4));
}

/** Runs the built command in a process of its own, on the folder of the server that runs. */
function importConfig(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const inherited = Object.entries(process.env).filter(([variable]) => !variable.startsWith("ECA_"));
  const env = { ...Object.fromEntries(inherited), ECA_DATA: server.folder };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, "import-config", ...words],
      { cwd: folder, env, timeout: 20_000 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

const module = async (moduleId: string) => (await server.get(`/v1/module/${moduleId}`)).json;
const modules = async (): Promise<string[]> =>
  (await server.get("/v1/module")).json.map(({ module_id }: { module_id: string }) => module_id);

describe("a configuration of the original", () => {
  it("creates its modules, those inside others too, while the server runs", async () => {
    const temperature = twinConfig("a.temperature", 1, { ras_config: { upsert_from: "db", file_path: "ras/t.json" } });
    const room = twinConfig("a.room", 2, {
      display_name: "The room",
      in_twins: [temperature, twinConfig("a.purifier", 1, { display_name: "Purifier" })],
      out_twins: [twinConfig("a.house", 0)],
    });
    await write("config/server.json", serverConfig([room], twinConfig("a.log", 3)));
    await write("config/ras/t.json", emotifiedInstances([2, [30], -80], [1, [20], 60.5]));

    const result = await importConfig("config/server.json");
    expect(result.code).toBe(0);
    expect(result.err).toBe("5 of 5 modules created or changed.\n");
    expect(result.out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["MODULE", "OUTCOME", "SHAPE", "DISPLAY NAME", "INSTANCES"],
      ["a.room", "created", "2", "The room", "0"],
      ["a.temperature", "created", "1", "2"],
      ["a.purifier", "created", "1", "Purifier", "0"],
      ["a.house", "created", "open", "0"],
      ["a.log", "created", "3", "0"],
      [""],
    ]);
    expect(await module("a.room")).toMatchObject({ display_name: "The room", shape: 2, ess_count: 0, revision: 1 });
    expect(await module("a.house")).toMatchObject({ display_name: null, shape: 0 });
    const wrong = await server.post("/v1/ess", { module_id: "a.room", state: [1], valence: 1 });
    expect([wrong.status, wrong.headers["x-error-code"]]).toEqual([400, "shape_mismatch"]);
    const open = await server.post("/v1/ess", { module_id: "a.house", state: [1, 2, 3], valence: 1 });
    expect(open.status).toBe(201);
  });

  it("twice is once", async () => {
    const file_path = "ras.json";
    const twin = twinConfig("b.twin", 1, { display_name: "Twin", ras_config: { upsert_from: "db", file_path } });
    await write("twin.json", { twin });
    await write(file_path, emotifiedInstances([1, [0.1], 10]));
    await importConfig("twin.json");
    const before = await module("b.twin");
    const again = await importConfig("twin.json");
    expect([again.code, again.err]).toEqual([0, "0 of 1 module created or changed.\n"]);
    expect(again.out).toMatch(/^b\.twin +unchanged +1 +Twin +1$/m);
    expect(await module("b.twin")).toEqual(before);

    await write("twin.json", { twin: { ...twin, display_name: "Renamed", ras_config: null } });
    expect((await importConfig("twin.json")).out).toMatch(/^b\.twin +changed +1 +Renamed +1$/m);
    expect(await module("b.twin")).toEqual({
      ...before,
      display_name: "Renamed",
      revision: before.revision + 1,
      last_activity_at: expect.any(String),
    });
  });

  it("is only looked at by a dry run", async () => {
    await write("twin.json", { twin: twinConfig("c.twin", 1) });
    const before = await modules();
    const result = await importConfig("twin.json", "--dry-run");
    expect([result.code, result.err]).toEqual([0, "Nothing was changed; 1 of 1 module would be.\n"]);
    expect(result.out).toMatch(/^c\.twin +created +1 +0$/m);
    expect(await modules()).toEqual(before);
  });

  it("joins modules that are there already, with their states", async () => {
    await server.post("/v1/ess", { module_id: "d.twin", state: [1, 2], valence: 5 });
    await write("twin.json", { twin: twinConfig("d.twin", 2, { display_name: "Old friend" }) });
    expect((await importConfig("twin.json")).out).toMatch(/^d\.twin +changed +2 +Old friend +0$/m);
    expect(await module("d.twin")).toMatchObject({ display_name: "Old friend", ess_count: 1, revision: 2 });
    expect((await server.get("/v1/ess/d.twin/1")).json).toMatchObject({ state: [1, 2], valence: 5 });
    expect((await server.post("/v1/ess/search", { module_id: "d.twin", state: [1, 2] })).json).toHaveLength(1);
  });
});

describe("a configuration with faults", () => {
  it("is refused whole, all faults named by their place", async () => {
    await server.post("/v1/ess", { module_id: "e.there", state: [1, 2, 3], valence: 5 });
    const ras = { upsert_from: "db", file_path: "absent.json" };
    const server_ = serverConfig(
      [
        twinConfig("e.first", 1, { colour: "red", shape: 1.5 }),
        twinConfig("", 1, { in_twins: [twinConfig("e.inner", 1, { "odd key": 1 })] }),
      ],
      twinConfig("e.there", 2, { ras_config: { ...ras, speed: 1 }, moduleId: "x" }),
    );
    await write("server.json", server_);
    const { code, out, err } = await importConfig("server.json");
    expect([code, out]).toEqual([65, ""]);
    expect(err.split("\n")).toEqual([
      "eca-server: nothing was imported",
      expect.stringMatching(/^ {2}server\.json: \$\.server\.cortex_config\.twin_configs\[0\]\.shape: /),
      "  server.json: $.server.cortex_config.twin_configs[0].colour: unknown key",
      "  server.json: $.server.cortex_config.twin_configs[1].module_id: must not be empty",
      '  server.json: $.server.cortex_config.twin_configs[1].in_twins[0]["odd key"]: unknown key',
      "  server.json: $.server.document_config.twin_config.ras_config.speed: unknown key",
      "  server.json: $.server.document_config.twin_config.moduleId: unknown key",
      "  server.json: $.server.retrieval_config.document_config.twin_config.ras_config.speed: unknown key",
      "  server.json: $.server.retrieval_config.document_config.twin_config.moduleId: unknown key",
      "",
    ]);
    // Secrets of the configuration are in no message.
    expect(err).not.toContain("password");
    expect(await modules()).not.toContain("e.first");
  });

  it("names a shape that a module already has, and creates none of the others", async () => {
    await server.post("/v1/ess", { module_id: "f.there", state: [1, 2, 3], valence: 5 });
    const twins = [twinConfig("f.new", 1), twinConfig("f.there", 2)];
    await write("server.json", serverConfig(twins, twinConfig("f.new", 1)));
    for (const words of [["server.json"], ["server.json", "--dry-run"]]) {
      const { code, err } = await importConfig(...words);
      expect([code, err]).toEqual([
        65,
        "eca-server: nothing was imported\n" +
          "  server.json: $.server.cortex_config.twin_configs[1].shape: " +
          'is 2, the module "f.there" is there and has shape 3\n',
      ]);
    }
    expect(await modules()).not.toContain("f.new");
  });

  it("names what one place says of a module and another otherwise", async () => {
    const twins = [twinConfig("g", 1, { display_name: "One" }), twinConfig("g", 2, { display_name: "Two" })];
    await write("server.json", serverConfig(twins, twinConfig("g", 0)));
    const { code, err } = await importConfig("server.json");
    expect(code).toBe(65);
    for (const key of ["shape", "display_name"]) {
      expect(err).toContain(
        `$.server.cortex_config.twin_configs[1].${key}: the module "g" has another one before, ` +
          "at server.json: $.server.cortex_config.twin_configs[0]",
      );
    }
  });

  it.each([
    ["two ids", emotifiedInstances([1, [1], 1], [1, [2], 2]), /ras\.json: \$\.emotified_instances\.esi_vec\[1\]\.id: /],
    ["two widths", emotifiedInstances([1, [1], 1], [2, [2, 3], 2]), /esi_vec\[1\]\.state_vec: has 2 numbers/],
    ["another width than the twin's", emotifiedInstances([1, [1, 2], 1]), /file_path: has states of 2 numbers/],
    ["a number that no state holds", emotifiedInstances([1, [1e39], 1]), /state_vec: has a number beyond/],
    ["an unknown key", { ...emotifiedInstances(), more: 1 }, /ras\.json: \$\.more: unknown key/],
    ["no JSON", "{", /ras\.json: \$: is not JSON/],
    ["nothing", undefined, /twin\.json: \$\.twin\.ras_config\.file_path: cannot be read/],
  ])("is refused where the file of emotified state instances has %s", async (_, content, text) => {
    const ras_config = { upsert_from: "db", file_path: "ras.json" };
    await write("twin.json", { twin: twinConfig("h", 1, { ras_config }) });
    if (content !== undefined) await write("ras.json", content);
    const { code, err } = await importConfig("twin.json");
    expect(code).toBe(65);
    expect(err).toMatch(text);
    expect(await modules()).not.toContain("h");
  });

  it.each([
    ["[]", /is no configuration of a server/],
    ['{"twins": []}', /is no configuration of a server; its key is one of server, twin, cortex, document/],
    ['{"twin": {"module_id": "i"}, "more": 1}', /\$\.more: unknown key/],
    ['{"twin": {"module_id": "a\\u0000b"}}', /\$\.twin\.module_id: is no well-formed text/],
    ['{"twin": {"module_id": ".."}}', /\$\.twin\.module_id: is no name that a path can hold/],
    ["{", /is not JSON/],
  ])("is refused where it is %s", async (content, text) => {
    await write("config.json", content);
    const { code, err } = await importConfig("config.json");
    expect(code).toBe(65);
    expect(err).toMatch(text);
  });

  it("that is not there is told as such", async () => {
    const { code, err } = await importConfig("none.json");
    expect(code).toBe(65);
    expect(err).toMatch(/none\.json: \$: cannot be read: ENOENT/);
  });
});

describe("a state without a valence", () => {
  const create = (more: object) => server.post("/v1/ess", { module_id: "v.twin", state: [0, 0], ...more });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eca-config-"));
    await write("twin.json", {
      twin: twinConfig("v.twin", 0, { ras_config: { upsert_from: "db", file_path: "ras.json" } }),
    });
    await write("ras.json", emotifiedInstances([9, [0, 0], 10], [4, [4, 0], -20.5], [7, [0, 4], 90]));
    expect((await importConfig("twin.json")).code).toBe(0);
    await rm(folder, { recursive: true, force: true });
  });

  it("takes that of the nearest emotified state instance, of equally near ones that of the lowest id", async () => {
    expect(await module("v.twin")).toMatchObject({ shape: 2 });
    for (const [state, valence] of [
      [[1, 0], 10],
      [[3, 0], -20.5],
      [[0, 5], 90],
      [[2, 0], -20.5],
      [[2, 2], -20.5],
    ] as const) {
      const answer = await create({ state });
      expect([answer.status, answer.json.valence]).toEqual([201, valence]);
      expect((await create({ state, valence: null })).json.valence).toBe(valence);
    }
  });

  it("keeps a valence that was sent", async () => {
    expect((await create({ valence: 0 })).json.valence).toBe(0);
  });

  it("takes it anew when it is replaced", async () => {
    const { json } = await create({ state: [1, 0], valence: 1 });
    const patched = await server.patch(`/v1/ess/v.twin/${json.id}`, { module_id: "v.twin", state: [3, 0] });
    expect(patched.json).toMatchObject({ id: json.id, valence: -20.5 });
  });

  it("is refused for another shape first", async () => {
    const answer = await create({ state: [1] });
    expect([answer.status, answer.headers["x-error-code"]]).toEqual([400, "shape_mismatch"]);
  });

  it.each([
    [{}, "is missing; must be a number"],
    [{ valence: null }, "must be a number, not null"],
  ])("is refused in a module without instances, and in one that is not there: %j", async (more, text) => {
    const errors = [`valence: ${text}`];
    await server.post("/v1/ess", { module_id: "v.plain", state: [1], valence: 1 });
    for (const module_id of ["v.plain", "v.nobody"]) {
      const answer = await server.post("/v1/ess", { module_id, state: [1], ...more });
      expect([answer.status, answer.json]).toEqual([400, { errors }]);
    }
    const patched = await server.patch("/v1/ess/v.plain/1", { module_id: "v.plain", state: [1], ...more });
    expect([patched.status, patched.json]).toEqual([400, { errors }]);
    const accept = "application/problem+json";
    const body = { module_id: "v.plain", state: [1], ...more };
    const problem = await server.call({ method: "POST", path: "/v1/ess", body, headers: { accept } });
    expect(problem.json.errors).toEqual([{ detail: errors[0], pointer: "#/valence" }]);
  });

  it("of an aggregate is the sum of its components', whatever the instances say", async () => {
    for (const [module_id, valence] of [
      ["v.left", 30],
      ["v.right", -5],
    ] as const) {
      await server.post("/v1/ess", { module_id, state: [1], valence });
    }
    const names = { aggregate_id: [1, 1], aggregate_module_id: ["v.left", "v.right"] };
    expect((await create({ state: [], ...names })).json).toMatchObject({ state: [1, 1], valence: 25 });
    const full = {
      state: [1, 1],
      ...names,
      aggregate_shape: [1, 1],
      aggregate_valence: [30, -5],
      aggregate_score: [0, 0],
      aggregate_context: [null, null],
      aggregate_emb_inp: [null, null],
      avg_ess_valence: 12.5,
    };
    expect((await create(full)).json).toMatchObject({ valence: 25, avg_ess_valence: 12.5 });
    expect((await create({ ...full, valence: 24 })).json).toHaveProperty("incorrect_valence");
  });
});
