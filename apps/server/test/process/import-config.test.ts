import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer } from "../../src/server.js";
import {
  emotifiedInstances,
  monoConfig,
  newerTwinConfig,
  serverConfig,
  twinConfig,
} from "../original-config.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";
import { type CommandResult, useCommands } from "./command.fixture.js";

const runCommand = useCommands();

let server: TestServer;
/** Where the configurations are, and from where they are imported. */
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
});

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(() => rm(dirname(folder), { recursive: true, force: true }));

/** In a folder of its own, as the folder above a configuration is looked into. */
async function makeFolder(): Promise<string> {
  const made = join(await mkdtemp(join(tmpdir(), "eca-config-")), "here");
  await mkdir(made);
  return made;
}

async function write(name: string, content: unknown): Promise<void> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content, undefined, 4));
}

/** Runs the command on the folder of the server that runs. */
const importConfig = (...words: string[]) => importInto(server.folder, ...words);

function importInto(data: string, ...words: string[]): Promise<CommandResult> {
  return runCommand({ words: ["import-config", ...words], folder, environment: { ECA_DATA: data } });
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
    expect(result.err).toMatch(/^5 of 5 modules created or changed\.\n/);
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
    expect([again.code, again.err.split("\n")[0]]).toEqual([0, "0 of 1 module created or changed."]);
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
    expect([result.code, result.err.split("\n")[0]]).toEqual([0, "Nothing was changed; 1 of 1 module would be."]);
    expect(result.out).toMatch(/^c\.twin +would create +1 +0$/m);
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

describe("a configuration of a newer program", () => {
  it("is taken: one file of all parts, shapes with sides, other brokers, licences and engines", async () => {
    const source = newerTwinConfig("k.source", [3, 3], { display_name: "Source" });
    const whole = newerTwinConfig("k.whole", 9, { digital_twin_type: "reader", in_twins: [source] });
    const topics = { broker_config: { url: "u", digital_twin_topic: "in", physical_twin_topic: "out" } };
    await write("mono.json", monoConfig([source, whole], [newerTwinConfig("k.core", 4, topics), source]));
    const { code, out, err } = await importConfig("mono.json");
    expect([code, err.split("\n")[0]]).toEqual([0, "3 of 3 modules created or changed."]);
    expect(out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["MODULE", "OUTCOME", "SHAPE", "DISPLAY NAME", "INSTANCES"],
      ["k.source", "created", "9", "Source", "0"],
      ["k.whole", "created", "9", "0"],
      ["k.core", "created", "4", "0"],
      [""],
    ]);
  });

  it("is listed key by key where nothing is made of it, and no value of it is printed", async () => {
    await write("server.json", serverConfig([newerTwinConfig("l.twin", 1, { colour: "red" })], twinConfig("l.log", 1)));
    const { code, err } = await importConfig("server.json");
    expect(code).toBe(0);
    const lines = err.split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(lines.slice(0, 3)).toEqual([["2 of 2 modules created or changed."], ["Not used:"], ["KEY", "PLACE"]]);
    const twin = "$.server.cortex_config.twin_configs[0]";
    const listed = lines.slice(3, -1);
    expect(listed).toContainEqual(["colour", `server.json: ${twin}.colour`]);
    expect(listed).toContainEqual(["license_config", `server.json: ${twin}.license_config`]);
    expect(listed).toContainEqual(["user_config", "server.json: $.server.user_config"]);
    expect(listed).toContainEqual(["name", "server.json: $.server.cortex_config.name and 2 more"]);
    const keys = listed.map(([key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const used of ["module_id", "shape", "twin_configs", "document_config", "retrieval_config"]) {
      expect(keys).not.toContain(used);
    }
    for (const secret of ["the-db-password", "the-user-password", "the-api-key", "red"])
      expect(err).not.toContain(secret);
  });

  it("has nothing to create where it describes no twin", async () => {
    await write("document.json", { document: { module_id: "l.documents", sync_rate: "1s" } });
    const { code, err } = await importConfig("document.json");
    expect([code, err.split("\n")[0]]).toEqual([0, "0 of 0 modules created or changed."]);
    expect(err).toMatch(/^module_id +document\.json: \$\.document\.module_id$/m);
    expect(await modules()).not.toContain("l.documents");
  });

  it("may repeat the ids of its instances, which are numbered then", async () => {
    const ras_config = { upsert_from: "json", file_path: "ras.json" };
    await write("twin.json", { twin: newerTwinConfig("l.repeats", 1, { ras_config }) });
    const instances = emotifiedInstances([1, [100], -90], [1, [50], 90], [1, [0], 10]);
    await write("ras.json", { ...instances, written_by: "hand" });
    const { code, err } = await importConfig("twin.json");
    expect(code).toBe(0);
    expect(err).toContain("ras.json repeats an id; its instances are numbered in their order.\n");
    expect(err).toMatch(/^written_by +ras\.json: \$\.written_by$/m);
    const valences = [];
    for (const state of [[75], [25], [1]]) {
      valences.push((await server.post("/v1/ess", { module_id: "l.repeats", state })).json.valence);
    }
    expect(valences).toEqual([-90, 90, 10]);
  });
});

describe("a file of instances that is not where the configuration says", () => {
  const twin = (module_id: string, file_path: string) =>
    newerTwinConfig(module_id, 1, { ras_config: { upsert_from: "json", file_path } });

  it.each<[string, string, string, string[], string?]>([
    ["beside the configuration", "config/twin.json", "config/t.json", []],
    ["in a folder beside it", "config/twin.json", "config/ras/t.json", []],
    ["in the folder above", "config/twins/twin.json", "config/t.json", []],
    ["in a folder beside that of the configuration", "config/twins/twin.json", "config/ras/t.json", []],
    ["in the folder ras above, whatever its path", "config/twins/twin.json", "config/ras/t.json", [], "/opt/t.json"],
    ["in a folder beside it of another name", "config/twin.json", "config/other/t.json", []],
    ["in a folder that is given", "config/twin.json", "far/away/t.json", ["--instances", "far/away"]],
    ["below a folder that is given", "config/twin.json", "far/ras/t.json", ["--instances", "no", "--instances", "far"]],
  ])("is found %s", async (_, config, file, words, path) => {
    await mkdir(join(folder, "no"));
    const name = `m.${file}`.replaceAll("/", ".") + config.length;
    for (const given of [path ?? "/opt/elsewhere/ras/t.json", "C:\\eca\\ras\\t.json"]) {
      await write(config, { twin: twin(name, given) });
      await write(file, emotifiedInstances([1, [1], 20]));
      const { code, out, err } = await importConfig(config, ...words);
      expect([code, err.split("\n")[1]]).toEqual([0, `${JSON.stringify(given)} was read from ${file}.`]);
      expect(out).toMatch(/ 1\n$/);
    }
  });

  it("is read from where it says if it is there, and from a given folder before any other", async () => {
    await write("twin.json", { twin: twin("m.there", "ras/t.json") });
    await write("ras/t.json", emotifiedInstances([1, [1], 20]));
    await write("given/ras/t.json", emotifiedInstances([1, [1], 20], [2, [2], 20]));
    await write("given/t.json", "{}");
    expect((await importConfig("twin.json", "--instances", "given")).out).toMatch(/ 1\n$/);
    await write("twin.json", { twin: twin("m.there", "/opt/ras/t.json") });
    expect((await importConfig("twin.json", "--instances", "given")).out).toMatch(/ 2\n$/);
  });

  it("is not taken from the folder of another configuration, nor from elsewhere than a relative path says", async () => {
    await write("one/twin.json", { twin: twin("m.own", "/opt/ras/t.json") });
    await write("other/t.json", emotifiedInstances([1, [1], 20]));
    expect((await importConfig("one/twin.json")).err).toMatch(/is not there, nor beside the configuration/);
    await write("one/twin.json", { twin: twin("m.own", "t.json") });
    await write("one/within/t.json", emotifiedInstances([1, [1], 20]));
    expect((await importConfig("one/twin.json")).err).toMatch(/"t\.json" is not there/);
    expect((await importConfig("one/twin.json", "--instances", "other")).code).toBe(0);
  });

  it("is asked for where there is none, or more than one", async () => {
    await write("twin.json", { twin: twin("m.none", "/opt/ras/t.json") });
    const none = await importConfig("twin.json");
    expect(none.code).toBe(65);
    expect(none.err).toMatch(/file_path: "\/opt\/ras\/t\.json" is not there, nor beside.*by --instances$/m);
    for (const inner of ["a", "b"]) await write(`${inner}/t.json`, emotifiedInstances([1, [1], 20]));
    const several = await importConfig("twin.json");
    expect(several.code).toBe(65);
    expect(several.err).toMatch(/file_path: .* may be any of a\/t\.json, b\/t\.json; .*by --instances$/m);
    expect((await importConfig("twin.json", "--instances", "b")).code).toBe(0);
    const absent = await importConfig("twin.json", "--instances", "absent");
    expect([absent.code, absent.err]).toEqual([
      64,
      expect.stringMatching(/--instances .*absent: there is no such folder/),
    ]);
    const gone = await importConfig("twin.json", "--instances", "absent", "--instances", "a", "--instances", "gone");
    expect(gone.err).toMatch(/absent: there is no such folder\n.*--instances .*gone: there is no such folder\n/);
  });
});

describe("a data folder that is not there", () => {
  it("is made by an import, and a server starts on it", async () => {
    await write("twin.json", { twin: twinConfig("n.twin", 2, { display_name: "First" }) });
    const data = join(folder, "new/data");
    const dry = await importInto(data, "twin.json", "--dry-run");
    expect([dry.code, dry.err.split("\n")[0]]).toEqual([0, "Nothing was changed; 1 of 1 module would be."]);
    expect(dry.out).toMatch(/^n\.twin +would create +2 +First +0$/m);
    expect(await readdir(folder)).toEqual(["twin.json"]);

    expect((await importInto(data, "twin.json")).code).toBe(0);
    const again = await importInto(data, "twin.json", "--dry-run");
    expect(again.out).toMatch(/^n\.twin +unchanged +2 +First +0$/m);
    await write("twin.json", { twin: twinConfig("n.twin", 2, { display_name: "Second" }) });
    expect((await importInto(data, "twin.json", "--dry-run")).out).toMatch(/^n\.twin +would change +2 +Second +0$/m);

    const environment = { ECA_DATA: data, ECA_PORT: "0", ECA_PASSWORD: "a-password-of-tests" };
    const started = await startServer(environment, { logDestination: { write: () => undefined } });
    try {
      const login = await fetch(`${started.url}/v1/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: started.username, password: environment.ECA_PASSWORD }),
      });
      const { session_id } = (await login.json()) as { session_id: string };
      const authorization = `Bearer ${session_id}`;
      const found = await fetch(`${started.url}/v1/module/n.twin`, { headers: { authorization } });
      expect(await found.json()).toMatchObject({ shape: 2, display_name: "First" });
    } finally {
      await started.close();
    }
  });

  it("is not made where the configuration is refused", async () => {
    await write("twin.json", { twin: twinConfig("", 2) });
    expect((await importInto(join(folder, "data"), "twin.json")).code).toBe(65);
    expect(await readdir(folder)).toEqual(["twin.json"]);
  });
});

describe("a configuration with errors", () => {
  it("is rejected as a whole, and each error named by its place", async () => {
    await server.post("/v1/ess", { module_id: "e.there", state: [1, 2, 3], valence: 5 });
    const server_ = serverConfig(
      [
        twinConfig("e.first", 1, { shape: 1.5 }),
        twinConfig("", 1, {
          in_twins: [twinConfig("e.inner", 1, { display_name: undefined, displayName: "The inner" })],
        }),
        twinConfig("e.wide", 1, { shape: [70_000, 70_000], in_twins: {}, out_twins: "none" }),
      ],
      twinConfig("e.there", 2, { ras_config: { filePath: "t.json" }, module_id: undefined, moduleId: "x" }),
    );
    await write("server.json", server_);
    const { code, out, err } = await importConfig("server.json");
    expect([code, out]).toEqual([65, ""]);
    const twins = "server.json: $.server.cortex_config.twin_configs";
    expect(err.split("\n")).toEqual([
      "eca-server: nothing was imported",
      `  ${twins}[0].shape: must be a whole number or an array of such, from 0`,
      `  ${twins}[1].module_id: must not be empty`,
      `  ${twins}[1].in_twins[0].displayName: unknown key; did you mean display_name?`,
      `  ${twins}[2].shape: is 4900000000 numbers; no state may have more than 16777216`,
      `  ${twins}[2].out_twins: must be an array, not a string`,
      ...["document_config", "retrieval_config.document_config"].flatMap((document) => [
        `  server.json: $.server.${document}.twin_config.module_id: is missing; must be a string`,
        `  server.json: $.server.${document}.twin_config.ras_config.filePath: unknown key; did you mean file_path?`,
        `  server.json: $.server.${document}.twin_config.moduleId: unknown key; did you mean module_id?`,
      ]),
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

  it("is refused with what is wrong in the file and what the data does not go with, at once", async () => {
    await server.post("/v1/ess", { module_id: "o.there", state: [1, 2, 3], valence: 5 });
    const twins = [
      twinConfig("o.new", 1, { display_name: undefined, displayName: "New" }),
      twinConfig("o.there", 2),
      twinConfig("", 1),
    ];
    await write("server.json", serverConfig(twins, twinConfig("o.log", 1)));
    const place = "  server.json: $.server.cortex_config.twin_configs";
    const expected = [
      "eca-server: nothing was imported",
      `${place}[0].displayName: unknown key; did you mean display_name?`,
      `${place}[2].module_id: must not be empty`,
      `${place}[1].shape: is 2, the module "o.there" is there and has shape 3`,
      "",
    ];
    for (const words of [["server.json"], ["server.json", "--dry-run"]]) {
      const { code, out, err } = await importConfig(...words);
      expect([code, out, err.split("\n")]).toEqual([65, "", expected]);
    }
    expect(await modules()).not.toContain("o.log");

    // Where the data cannot be looked at, what is wrong in the file is told all the same.
    const broken = join(folder, "broken");
    await mkdir(broken);
    await writeFile(join(broken, "eca.db"), "no database".repeat(1000));
    const unseen = await importInto(broken, "server.json");
    expect([unseen.code, unseen.err.split("\n").slice(0, 3)]).toEqual([65, expected.slice(0, 3)]);
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
    ["two widths", emotifiedInstances([1, [1], 1], [2, [2, 3], 2]), /esi_vec\[1\]\.state_vec: has 2 numbers/],
    ["another width than the twin's", emotifiedInstances([1, [1, 2], 1]), /file_path: has states of 2 numbers/],
    ["a number that no state holds", emotifiedInstances([1, [1e39], 1]), /state_vec: has a number beyond/],
    ["no list", { emotified_instances: {} }, /ras\.json: \$\.emotified_instances\.esi_vec: is missing/],
    ["no JSON", "{", /ras\.json: \$: is not JSON/],
    ["nothing", undefined, /twin\.json: \$\.twin\.ras_config\.file_path: "ras\.json" is not there/],
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
    ['{"twin": {"module_id": "i", "shap": 1}}', /\$\.twin\.shap: unknown key; did you mean shape\?/],
    ['{"twin": 1}', /\$\.twin: must be an object, not a number/],
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
    folder = await makeFolder();
    await write("twin.json", {
      twin: twinConfig("v.twin", 0, { ras_config: { upsert_from: "db", file_path: "ras.json" } }),
    });
    await write("ras.json", emotifiedInstances([9, [0, 0], 10], [4, [4, 0], -20.5], [7, [0, 4], 90]));
    expect((await importConfig("twin.json")).code).toBe(0);
    await rm(dirname(folder), { recursive: true, force: true });
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
