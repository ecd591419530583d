import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ServerProcess, startServerProcess } from "./server-process.fixture.js";
import { canAttach, failCalls, mustTrace } from "./strace.fixture.js";

const credentials = { username: "admin", password: "test-password" };

let folder: string;
let server: ServerProcess;
let token: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-medium-"));
  server = await startServerProcess(folder, credentials);
  token = "";
  token = (await call("POST", "/v1/login", credentials)).json.session_id;
  await call("POST", "/v1/ess", { module_id: "m", state: [1], valence: 1 });
});

afterEach(async () => {
  await server.kill();
  await rm(folder, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(server.url + path, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, code: response.headers.get("x-error-code"), json: JSON.parse(text) };
}

const append = (context: string) => call("POST", "/v1/sequence", { module_id: "m", instance_id: 1, context });
const contexts = async () =>
  ((await call("GET", "/v1/sequence/m")).json as { context: string }[]).map(({ context }) => context);
const status = async (path: string) => (await call("GET", path)).status;
const ready = () => vi.waitUntil(async () => (await status("/readyz")) === 200, { timeout: 30_000 });

it("system calls of a running process can be made to fail where they must be", () => {
  expect(canAttach || !mustTrace).toBe(true);
});

// Making system calls fail takes strace, which is on Linux alone and not on every machine; CI installs it.
describe.skipIf(!canAttach)("a server whose medium", () => {
  const database = ["eca.db", "eca.db-wal", "eca.db-shm", "eca.db-trial"];
  const inFolder = (names: readonly string[]) => names.map((name) => join(folder, name));

  it("has become read-only refuses every write with a code of its own, reads on, and recovers by itself", async () => {
    await append("before");
    const document = (await call("POST", "/v1/document", { doc_id: "d", text: "t" })).json;
    const faults = ["pwrite64,ftruncate,fallocate:error=EROFS", "openat:error=EROFS"];
    const restore = await failCalls(server.pid, inFolder(database), faults);
    const refusal = { status: 503, code: "storage_read_only" };
    const writes: Record<string, () => ReturnType<typeof call>> = {
      sequence: () => append("refused"),
      ess: () => call("POST", "/v1/ess", { module_id: "m", state: [2], valence: 1 }),
      "new module": () => call("POST", "/v1/ess", { module_id: "n", state: [2], valence: 1 }),
      update: () => call("PATCH", "/v1/ess/m/1", { module_id: "m", state: [2], valence: 1 }),
      "delete of an entry": () => call("DELETE", "/v1/sequence/m/1"),
      document: () => call("POST", "/v1/document", { doc_id: "e", text: "t" }),
      "delete of a document": () => call("DELETE", `/v1/document/${document.id}`),
      embedding: () => call("POST", "/v1/embedding", { module_id: "m", input: "i", hash: "h" }),
      login: () => call("POST", "/v1/login", credentials),
      logout: () => call("POST", "/v1/logout"),
      user: () => call("POST", "/v1/user", { username: "ada", role: "reader", password: "a long password" }),
      key: () => call("POST", "/v1/key", { name: "k", role: "reader" }),
    };
    for (const [name, write] of Object.entries(writes)) expect([name, await write()]).toMatchObject([name, refusal]);
    const refused = await Promise.all(Array.from({ length: 8 }, () => append("refused")));
    for (const each of refused) expect(each).toMatchObject(refusal);
    expect(await contexts()).toEqual(["before"]);
    expect(await status("/v1/ess/m/1")).toBe(200);
    expect(await status("/healthz")).toBe(200);
    expect(await call("GET", "/readyz")).toMatchObject({
      status: 503,
      json: { errors: ["the data folder is read-only; reads go on"] },
    });

    await restore();
    // No write has come meanwhile.
    expect(await status("/readyz")).toBe(200);
    expect(await append("after")).toMatchObject({ status: 201 });
    expect(await contexts()).toEqual(["before", "after"]);
  });

  it("fails a flush acknowledges nothing and shows nothing until the data was opened anew and checked", async () => {
    for (let index = 0; index < 5; index++) await append(`before ${index}`);
    const before = await contexts();
    const restore = await failCalls(server.pid, inFolder(["eca.db-wal"]), ["fsync,fdatasync:error=EIO"]);
    const writes = await Promise.all([append("lost"), append("lost"), append("lost")]);
    for (const each of writes) expect(each).toMatchObject({ status: 503, code: "storage_failed" });
    const reads = ["/v1/sequence/m", "/v1/sequence/m/1", "/v1/ess/m/1", "/v1/module", "/v1/document", "/v1/user"];
    for (let round = 0; round < 3; round++) {
      for (const path of reads) {
        expect([path, await call("GET", path)]).toMatchObject([path, { status: 503, code: "storage_failed" }]);
      }
      expect(await append("lost")).toMatchObject({ status: 503, code: "storage_failed" });
    }
    expect(await call("POST", "/v1/ess/search", { module_id: "m", state: [1] })).toMatchObject({ status: 503 });
    expect(await call("POST", "/v1/predictions", { module_id: "m" })).toMatchObject({ status: 503 });
    expect(await call("POST", "/v1/retrieval", { query: "t" })).toMatchObject({ status: 503 });
    expect(await call("POST", "/v1/login", credentials)).toMatchObject({ status: 503, code: "storage_failed" });
    expect(await status("/readyz")).toBe(503);
    expect(await status("/healthz")).toBe(200);

    await restore();
    await ready();
    // What was refused by a failed flush may be there or not; what was acknowledged is, in its order.
    const after = await contexts();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(new Set(after.slice(before.length))).toEqual(new Set(after.length > before.length ? ["lost"] : []));
    expect(await append("after")).toMatchObject({ status: 201 });
    expect((await contexts()).at(-1)).toBe("after");
    expect(server.errors()).toContain("the data was opened anew");
  });

  it("fails once is opened anew at once", async () => {
    await append("before");
    const restore = await failCalls(server.pid, inFolder(["eca.db-wal"]), ["fsync,fdatasync:error=EIO:when=1"]);
    expect(await append("lost")).toMatchObject({ status: 503, code: "storage_failed" });
    await ready();
    expect(await append("after")).toMatchObject({ status: 201 });
    await restore();
    expect((await contexts()).filter((context) => context !== "lost")).toEqual(["before", "after"]);
  });

  it("cannot read a page refuses the read with a code of its own", async () => {
    const context = "x".repeat(60_000);
    for (let index = 0; index < 40; index++) await append(context);
    const restore = await failCalls(server.pid, inFolder(["eca.db", "eca.db-wal"]), ["pread64:error=EIO"]);
    expect(await call("GET", "/v1/sequence/m/7")).toMatchObject({ status: 503, code: "data_damaged" });
    await restore();
    await ready();
    expect(await call("GET", "/v1/sequence/m/7")).toMatchObject({ status: 200 });
  });
});
