import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer } from "../../src/server.js";
import { startServerProcess } from "../durability/server-process.fixture.js";
import { useCommands } from "./command.fixture.js";

const runCommand = useCommands();
const credentials = { username: "admin", password: "test-password" };
const aDigest = /^sha256:[0-9a-f]{64}\n$/;

let folder: string;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-backup-"));
});

afterEach(async () => {
  await stopServers();
  await rm(folder, { recursive: true, force: true });
});

const path = (name: string): string => join(folder, name);

const run = (...words: string[]) => runCommand({ words, folder });

/** A caller of a server, logged in. */
class Caller {
  #token = "";

  constructor(readonly url: string) {}

  async login(): Promise<this> {
    const { session_id } = await this.call<{ session_id: string }>("POST", "/login", credentials);
    this.#token = session_id;
    return this;
  }

  async status(method: string, route: string, body?: unknown): Promise<number> {
    return (await this.#send(method, route, body)).status;
  }

  async call<T>(method: string, route: string, body?: unknown): Promise<T> {
    const response = await this.#send(method, route, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** The same caller at another server. */
  at(url: string): Caller {
    const caller = new Caller(url);
    caller.#token = this.#token;
    return caller;
  }

  #send(method: string, route: string, body: unknown): Promise<Response> {
    return fetch(`${this.url}/v1${route}`, {
      method,
      headers: { "content-type": "application/json", authorization: `Bearer ${this.#token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
}

/** A server in the process of the tests. */
async function serve(data: string): Promise<Caller> {
  const server = await startServer(
    { ECA_PORT: "0", ECA_DATA: path(data), ECA_USERNAME: credentials.username, ECA_PASSWORD: credentials.password },
    { passwordCost: { ln: 4, r: 8, p: 1 }, logDestination: { write: () => undefined } },
  );
  stops.push(() => server.close());
  return new Caller(server.url).login();
}

/** The built server in a process of its own, which ends without a chance to do anything. */
async function serveUntilKilled(data: string): Promise<Caller> {
  const server = await startServerProcess(path(data), credentials);
  stops.push(() => server.kill());
  return new Caller(server.url).login();
}

async function stopServers(): Promise<void> {
  await Promise.all(stops.splice(0).map((stop) => stop()));
}

interface Entry {
  readonly id: number;
  readonly context: string;
}

/** Sixteen writers that write as fast as they are answered, until they are stopped. */
function startWriters(caller: Caller) {
  const acknowledged = new Map<string, number>();
  let isStopped = false;
  let goal: { readonly count: number; readonly reached: () => void } | undefined;
  const write = async (writer: number): Promise<void> => {
    for (let count = 0; !isStopped; count++) {
      const context = `${writer}/${count}`;
      const module_id = `m${writer % 4}`;
      const { id } = await caller.call<Entry>("POST", "/sequence", { module_id, instance_id: 1, context });
      acknowledged.set(`${module_id} ${context}`, id);
      if (acknowledged.size === goal?.count) goal.reached();
    }
  };
  const writers = Array.from({ length: 16 }, (_, writer) => write(writer));
  return {
    acknowledged,
    /** Resolves once so many writes were acknowledged. */
    reach: (count: number) =>
      new Promise<void>((reached) => {
        goal = { count, reached };
      }),
    stop: async () => {
      isStopped = true;
      await Promise.all(writers);
    },
  };
}

describe("a backup under sixteen writers", () => {
  it("is sound, has every write acknowledged before it began, and comes back whole with the same digest", async () => {
    const caller = await serveUntilKilled("data");
    for (const module_id of ["m0", "m1", "m2", "m3"]) {
      await caller.call("POST", "/ess", { module_id, state: [1, 2], valence: 1 });
    }
    const writers = startWriters(caller);
    await writers.reach(400);
    const before = new Map(writers.acknowledged);
    const backup = await run("backup", "first.db", "--data", "data");
    const during = writers.acknowledged.size - before.size;
    await writers.stop();
    expect(backup).toMatchObject({ code: 0, out: expect.stringMatching(aDigest) });
    expect(backup.err).toMatch(
      // On a slow machine its progress stands before it.
      /^Backed up 4 modules, 4 states, \d+ sequence entries and 0 documents to .*first\.db\.\n$/m,
    );
    // Else nothing was shown.
    expect(during).toBeGreaterThan(0);

    expect(await run("verify", "first.db")).toMatchObject({ code: 0, out: backup.out });
    const restored = await run("restore", "first.db", "--data", "elsewhere/data");
    expect(restored).toMatchObject({ code: 0, out: backup.out });
    expect(await run("verify", "elsewhere/data")).toMatchObject({ code: 0, out: backup.out });
    expect(await readdir(folder)).toEqual(expect.arrayContaining(["data", "elsewhere", "first.db"]));
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);

    const other = await serve("elsewhere/data");
    const found = new Map<string, number>();
    for (const module of ["m0", "m1", "m2", "m3"]) {
      const entries = await other.call<Entry[]>("GET", `/sequence/${module}`);
      expect(entries.map(({ id }) => id)).toEqual(entries.map((_, index) => index + 1));
      for (const { id, context } of entries) found.set(`${module} ${context}`, id);
    }
    expect([...before].filter(([write, id]) => found.get(write) !== id)).toEqual([]);
    // And what came later is either there as it was acknowledged, or not there at all.
    expect([...found].filter(([write, id]) => writers.acknowledged.get(write) !== id)).toEqual([]);
  });
});

describe("a backup at rest", () => {
  it("has the digest of its source, whatever it was made of", async () => {
    const caller = await serveUntilKilled("data");
    await caller.call("POST", "/ess", { module_id: "m", state: [0.1, -2], valence: 1, context: "\u{1f600}" });
    await caller.call("POST", "/embedding", { module_id: "m", input: "warm", hash: "h" });
    await caller.call("POST", "/document", { doc_id: "d", text: "warm and bright", embed: true });
    await caller.call("POST", "/ess", {
      module_id: "all",
      state: [],
      valence: 0,
      aggregate_id: [1],
      aggregate_module_id: ["m"],
    });
    const running = await run("verify", "data");
    expect(running).toMatchObject({ code: 0, err: expect.stringContaining("is intact: schema version") });
    expect((await run("backup", "a.db", "--data", "data")).out).toBe(running.out);
    await stopServers();
    expect((await run("verify", "data")).out).toBe(running.out);
    expect((await run("backup", "b.db", "--data", "data")).out).toBe(running.out);
    // A copy of a copy is as good.
    expect((await run("restore", "b.db", "--data", "data2")).out).toBe(running.out);
    expect((await run("backup", "c.db", "--data", "data2")).out).toBe(running.out);
  });

  it.skipIf(process.platform === "win32")("is its owner's alone, as the restored data is", async () => {
    await serve("data");
    await run("backup", "a.db", "--data", "data");
    await run("restore", "a.db", "--data", "data2");
    const modes = await Promise.all(
      ["a.db", "data2", "data2/eca.db"].map(async (name) => (await stat(path(name))).mode),
    );
    expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(["600", "700", "600"]);
  });

  it("brings back users and keys, and logs everybody out", async () => {
    const caller = await serve("data");
    const key = await caller.call<{ token: string }>("POST", "/key", { name: "ci", role: "reader" });
    await run("backup", "a.db", "--data", "data");
    await run("restore", "a.db", "--data", "data2");
    const { url } = await serve("data2");
    expect(await caller.status("GET", "/session")).toBe(200);
    expect(await caller.at(url).status("GET", "/session")).toBe(401);
    const byKey = await fetch(`${url}/v1/module`, { headers: { authorization: `Bearer ${key.token}` } });
    expect(byKey.status).toBe(200);
  });
});

describe("copies are refused", () => {
  const expectRefused = async (code: number, text: string | RegExp, ...words: string[]): Promise<void> => {
    const result = await run(...words);
    expect(result).toMatchObject({ code, out: "", err: expect.stringMatching(/^eca-server: /) });
    expect(result.err).toMatch(text);
    expect(result.err).not.toContain("    at ");
  };

  it("over what is there, into what holds something, of what is no data", async () => {
    const caller = await serve("data");
    await caller.call("POST", "/ess", { module_id: "m", state: [1], valence: 1 });
    await run("backup", "a.db", "--data", "data");
    const copy = await readFile(path("a.db"));

    await mkdir(path("full"));
    await writeFile(path("full/notes.txt"), "mine");
    await writeFile(path("text.db"), "no database ".repeat(1000));
    await writeFile(path("empty.db"), "");
    await Promise.all([
      expectRefused(65, "a.db is there already", "backup", "a.db", "--data", "data"),
      expectRefused(69, "holds no data", "backup", "b.db", "--data", "nowhere"),
      expectRefused(69, /there is no folder .*\/no\/such; make it/, "backup", "no/such/b.db", "--data", "data"),
      expectRefused(64, "missing required argument 'file'", "backup"),
      expectRefused(65, "data is not empty: it holds eca.db", "restore", "a.db", "--data", "data"),
      expectRefused(65, "full is not empty: it holds notes.txt", "restore", "a.db", "--data", "full"),
      expectRefused(69, "is damaged or no database", "restore", "text.db", "--without-manifest", "--data", "data2"),
      expectRefused(69, "is damaged or no database", "verify", "text.db"),
      expectRefused(69, "holds no data", "restore", "nothing.db", "--data", "data3"),
      expectRefused(69, "holds no data: it is empty", "restore", "empty.db", "--without-manifest", "--data", "data4"),
      expectRefused(65, "text.db has no manifest text.db.manifest.json", "restore", "text.db", "--data", "data5"),
      expectRefused(69, "holds no data: it is empty", "verify", "empty.db"),
    ]);

    expect(await readFile(path("a.db"))).toEqual(copy);
    expect(await readdir(path("full"))).toEqual(["notes.txt"]);
    expect((await readdir(folder)).toSorted()).toEqual([
      "a.db",
      "a.db.manifest.json",
      "data",
      "data2",
      "data4",
      "empty.db",
      "full",
      "text.db",
    ]);
    expect((await readdir(path("data2"))).filter((name) => name !== "eca.lock")).toEqual([]);
    expect(await caller.status("GET", "/ess/m/1")).toBe(200);
  });

  it("of what is damaged: a backup with a wrong counter is not restored", async () => {
    await serve("data");
    await run("backup", "a.db", "--data", "data");
    await rm(path("a.db.manifest.json"));
    const { Connection } = await import("../../src/store/sqlite/database/connection.js");
    const connection = new Connection(path("a.db"));
    connection.exec(
      "INSERT INTO module (module_id, shape, created_at, last_activity_at, revision) VALUES ('m', 1, 1, 1, 7)",
    );
    connection.close();
    const text = /is damaged:\n {2}module 'm' has revision 7, its change log has 0 entries/;
    await Promise.all([
      expectRefused(69, text, "verify", "a.db"),
      expectRefused(69, text, "restore", "a.db", "--without-manifest", "--data", "data2"),
      expectRefused(69, text, "backup", "b.db", "--data", "a.db"),
    ]);
  });
});

describe("a flipped bit", () => {
  /** Flips the lowest bit of the first letter of a text in a file. */
  const flip = async (file: string, text: string): Promise<void> => {
    const bytes = await readFile(path(file));
    const at = bytes.indexOf(text);
    expect(at).toBeGreaterThan(0);
    bytes[at]! ^= 1;
    await writeFile(path(file), bytes);
  };
  const needle = "a needle in the data";
  const expectDamaged = async (text: string | RegExp, ...words: string[]): Promise<void> => {
    const result = await run(...words);
    expect(result).toMatchObject({ code: 69, out: "", err: expect.stringMatching(/^eca-server: /) });
    expect(result.err).toMatch(text);
    expect(result.err).not.toContain("    at ");
  };

  /** Data and a backup of it, for each test to copy. */
  let original: string;

  beforeAll(async () => {
    original = folder = await mkdtemp(join(tmpdir(), "eca-backup-"));
    const caller = await serve("data");
    await caller.call("POST", "/ess", { module_id: "m", state: [1], valence: 1, context: needle });
    expect((await run("backup", "a.db", "--data", "data")).code).toBe(0);
    await stopServers();
  });
  afterAll(() => rm(original, { recursive: true, force: true }));

  beforeEach(() => cp(original, folder, { recursive: true }));

  it("in a backup is found by verify and refused by restore, which says what both are", async () => {
    const manifest = JSON.parse(await readFile(path("a.db.manifest.json"), "utf8")) as { sha256: string };
    await flip("a.db", needle);
    const both = /the file has \d+ bytes, sha256:\w{64}\n {2}its manifest says \d+ bytes, sha256:\w{64}\n$/;
    await expectDamaged(both, "verify", "a.db");
    await expectDamaged(manifest.sha256, "restore", "a.db", "--data", "data2");
    await expectDamaged(both, "restore", "a.db", "--without-manifest", "--data", "data2");
    await expectDamaged(both, "backup", "b.db", "--data", "a.db");
    expect(await readdir(folder)).not.toContain("data2");
  });

  it("in a manifest is refused, and so is the manifest of another backup", async () => {
    await copyFile(path("a.db"), path("b.db"));
    await copyFile(path("a.db.manifest.json"), path("b.db.manifest.json"));
    await flip("a.db.manifest.json", "schema_version");
    await expectDamaged("a.db.manifest.json is damaged", "verify", "a.db");
    await expectDamaged("a.db.manifest.json is damaged", "restore", "a.db", "--without-manifest", "--data", "data2");
    expect((await run("restore", "b.db", "--data", "data3")).code).toBe(0);
    await run("backup", "c.db", "--data", "data3");
    await copyFile(path("c.db.manifest.json"), path("b.db.manifest.json"));
    await expectDamaged("c.db.manifest.json".replace("c", "b"), "restore", "b.db", "--data", "data4");
  });

  it("in a data folder, a restored one too, is found by verify, and neither backed up nor restored", async () => {
    expect((await run("restore", "a.db", "--data", "data2")).code).toBe(0);
    const damages = [
      ["data", "eca.db", /is damaged:\n {2}not as it was written: page \d+\n$/],
      ["data2", "eca.db", /is damaged:\n {2}not as it was written: page \d+\n$/],
    ] as const;
    for (const [data, file, text] of damages) {
      expect((await run("verify", data)).code).toBe(0);
      await flip(`${data}/${file}`, needle);
      await expectDamaged(text, "verify", data);
      await expectDamaged(text, "verify", `${data}/eca.db`);
      await expectDamaged(text, "backup", "b.db", "--data", data);
      await expectDamaged(text, "restore", data, "--data", "data3");
    }
    expect((await readdir(folder)).toSorted()).toEqual(["a.db", "a.db.manifest.json", "data", "data2"]);
  });

  it("in a backup without a manifest is restored where that is asked for, and verify says what it cannot tell", async () => {
    await rm(path("a.db.manifest.json"));
    await flip("a.db", needle);
    const verified = await run("verify", "a.db");
    expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(aDigest) });
    expect(verified.err).toContain(
      "a.db has no manifest a.db.manifest.json, so that values in which bits were flipped",
    );
    expect((await run("restore", "a.db", "--data", "data2")).code).toBe(65);
    expect(await run("restore", "a.db", "--without-manifest", "--data", "data2")).toMatchObject({
      code: 0,
      out: verified.out,
    });
  });
});
