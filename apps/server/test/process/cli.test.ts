import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";
import { useCommands } from "./command.fixture.js";

const runCommand = useCommands();

function run(data: string, words: readonly string[], input = "", more: Record<string, string> = {}) {
  return runCommand({ words, folder: tmpdir(), environment: { ECA_DATA: data, ...more }, input });
}

describe("while a server runs", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    expect((await server.post("/v1/ess", { module_id: "m", state: [1], valence: 1 })).status).toBe(201);
  });

  const eca = (...words: string[]) => run(server.folder, words);
  const login = async (username: string, password: string) =>
    (await server.call({ method: "POST", path: "/v1/login", body: { username, password }, token: null })).status;
  const callWith = async (token: string) => (await server.call({ path: "/v1/ess/m", token })).status;

  it("users are added, listed, disabled, enabled, and get roles and passwords", async () => {
    const added = await run(server.folder, ["user", "add", "ada", "--role", "writer"], "a-users-password\n");
    expect(added).toEqual({ code: 0, out: "", err: 'The user "ada" is a writer.\n' });
    expect((await eca("user", "role", "ada", "admin")).err).toBe('The user "ada" is an admin.\n');
    expect((await eca("user", "role", "ada", "writer")).err).toBe('The user "ada" is a writer.\n');
    expect(await login("ada", "a-users-password")).toBe(200);

    const list = await eca("user", "list");
    expect(list.out).toMatch(
      /^NAME +ROLE +STATE +CREATED +USER ID\nada +writer +enabled .*\nadmin +admin +enabled .*\n$/,
    );
    const { json } = await server.get("/v1/user");
    expect(JSON.parse((await eca("user", "list", "--json")).out)).toEqual(json);

    expect((await eca("user", "disable", "ada")).code).toBe(0);
    expect(await login("ada", "a-users-password")).toBe(401);
    expect((await eca("user", "enable", "ada")).code).toBe(0);
    expect(await login("ada", "a-users-password")).toBe(200);

    const changed = await eca("user", "password", "ada", "--generate");
    const password = changed.out.trim();
    expect(password).toMatch(/^[\w-]{20}$/);
    expect(changed.err).not.toContain(password);
    expect([await login("ada", "a-users-password"), await login("ada", password)]).toEqual([401, 200]);

    expect((await eca("user", "role", "ada", "reader")).code).toBe(0);
    expect((await server.get("/v1/user")).json[0]).toMatchObject({ username: "ada", role: "reader" });
  });

  it("no user gets a password that others would guess first, new or changed", async () => {
    const rows = (await server.get("/v1/user")).text;
    for (const [weak, told] of [
      ["iloveyou", "password: is one of the most common passwords; take several words that do not belong together"],
      ["        ", "password: must not be of blanks alone; take several words"],
      ["Carla.Careless", "password: must not be the name of the user; take several words that nobody links with them"],
    ] as const) {
      const added = await run(server.folder, ["user", "add", "carla.careless", "--role", "reader"], `${weak}\n`);
      expect([added.code === 0, added.out, added.err]).toEqual([false, "", expect.stringContaining(told)]);
    }
    const changed = await run(server.folder, ["user", "password", "admin"], "Password123\n");
    expect([changed.code === 0, changed.err]).toEqual([false, expect.stringContaining("most common passwords; take")]);
    expect((await server.get("/v1/user")).text).toBe(rows);
    expect((await server.get("/v1/session")).status).toBe(200);
  });

  it("keys are created, listed, rotated and revoked, and the server knows within a second", async () => {
    const words = ["key", "create", "--user", "admin", "--name", "meter", "--role", "reader", "--expires", "90d"];
    const created = await eca(...words, "--module", "m", "--module", "n n");
    const token = created.out.trim();
    expect(created.out).toMatch(/^ecak_[\w-]{43}\n$/);
    expect(created.err).not.toContain(token);
    expect(await callWith(token)).toBe(200);
    expect((await server.call({ path: "/v1/ess/foreign", token })).status).toBe(403);

    const listed = await eca("key", "list");
    expect(listed.out).toMatch(/ecak_.{6}\.\.\. +meter +admin +reader +m, n n +20/);
    expect(listed.out).not.toContain(token);
    const [key] = JSON.parse((await eca("key", "list", "--user", "admin", "--json")).out) as [Record<string, string>];
    expect([key]).toEqual((await server.get("/v1/key")).json);
    const days = (Date.parse(key["expires_at"]!) - Date.parse(key["created_at"]!)) / 86_400_000;
    expect(days).toBeCloseTo(90, 2);

    for (const local of ["2150-01-31 12:00", "2150-01-31T12:00:00", "31 January 2150", "2150-01-31T24:00:00Z"]) {
      const refused = await eca(
        "key",
        "create",
        "--user",
        "admin",
        "--name",
        "x",
        "--role",
        "reader",
        "--expires",
        local,
      );
      expect([local, refused.code, refused.err]).toEqual([local, 64, expect.stringContaining("2027-01-31T12:00:00Z")]);
    }

    const rotated = (await eca("key", "rotate", key["key_id"]!)).out.trim();
    await expect.poll(() => callWith(token), { timeout: 1000 }).toBe(401);
    expect(await callWith(rotated)).toBe(200);
    expect((await eca("key", "revoke", key["key_id"]!)).code).toBe(0);
    await expect.poll(() => callWith(rotated), { timeout: 1000 }).toBe(401);
    expect((await eca("key", "revoke", key["key_id"]!)).code).toBe(65);
  });

  it("it works while the server writes without a pause, and no write is lost", async () => {
    let isBusy = true;
    let acknowledged = 0;
    const writer = async () => {
      while (isBusy) {
        const { status } = await server.post("/v1/sequence", { module_id: "m", instance_id: 1 });
        expect(status).toBe(201);
        acknowledged += 1;
      }
    };
    const writers = Promise.all(Array.from({ length: 8 }, writer));
    const results = [];
    for (const name of ["one", "two", "three"])
      results.push(await eca("user", "add", name, "--role", "reader", "--generate"));
    isBusy = false;
    await writers;
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect((await server.get("/v1/module/m")).json.sequence_count).toBe(acknowledged);
    expect((await server.get("/v1/user")).json).toEqual(
      expect.arrayContaining(["one", "two", "three"].map((username) => expect.objectContaining({ username }))),
    );
  });

  it("changes are noted in the audit log, as the command line's", async () => {
    const { json } = await server.get("/v1/audit?limit=1000");
    expect(json).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: "user_created", user_id: null, address: null }),
        expect.objectContaining({ kind: "key_revoked", user_id: null, address: null }),
      ]),
    );
  });
});

describe("while no server runs", () => {
  it("it works on what a server has left, and leaves a folder that a server starts on", async () => {
    const server = await startTestServer();
    await server.restart();
    const { out } = await run(server.folder, ["key", "create", "--user", "admin", "--name", "k", "--role", "admin"]);
    await server.restart();
    expect((await server.call({ path: "/v1/user", token: out.trim() })).status).toBe(200);
    const files = await readdir(server.folder);
    for (const file of files) expect(await readFile(join(server.folder, file), "latin1")).not.toContain(out.trim());
  });
});

describe("the command line", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eca-cli-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const empty = (...words: string[]) => run(join(folder, "none"), words);

  it("refuses a folder without data, and makes none", async () => {
    expect(await empty("user", "list")).toEqual({
      code: 69,
      out: "",
      err: `eca-server: ${join(folder, "none")} holds no data. Start the server there first, or set ECA_DATA to its data folder.\n`,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("tells its version and how to use it", async () => {
    const version = await empty("--version");
    expect(version).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "" });
    const overview = await empty("help");
    for (const name of ["user add", "user list", "key create", "key revoke"]) expect(overview.out).toContain(name);
    expect((await empty("--help")).out).toBe(overview.out);
    expect((await empty("help", "key", "create")).out).toMatch(/^Usage: eca-server key create --user/);
    expect((await empty("key", "create", "--help")).out).toBe((await empty("help", "key", "create")).out);
    expect((await empty("key", "-h")).out).toBe((await empty("help", "key")).out);
    expect((await empty("help", "key")).out).toMatch(/^ {2}key rotate <key id> +Give a key a new token/m);
    const created = (await empty("help", "key", "create")).out;
    for (const part of [
      "--role <reader|writer|admin> ",
      "[--module <module id>]... ",
      "--data <folder>",
      "such as 90d",
    ])
      expect(created).toContain(part);
  });

  it("tells what is wrong, without a trace", async () => {
    const { code, out, err } = await empty("user", "add");
    expect([code, out]).toEqual([64, ""]);
    expect(err).toBe(
      "eca-server: required option '--role <reader|writer|admin>' not specified\n" +
        "Usage: eca-server user add <name> --role <reader|writer|admin> [--generate]\n",
    );
  });

  it("refuses a wrong environment", async () => {
    const { code, err } = await run(folder, ["user", "list"], "", { ECA_PROT: "1" });
    expect(code).toBe(78);
    expect(err).toContain("ECA_PROT is not a setting");
  });
});
