import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { main, usePrograms } from "./program.fixture.js";

const credentials = { username: "admin", password: "test-password" };
const context = "x".repeat(40_000);

/** A small file system of one's own takes Linux and the right to mount in a namespace of one's own. */
const unshare = ["unshare", "--mount", "--map-root-user"] as const;
const canMount =
  process.platform === "linux" &&
  spawnSync(unshare[0], [...unshare.slice(1), "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmpdir()]).status === 0;

const programs = usePrograms("eca-full-");

beforeEach(() => mkdir(join(programs.folder(), "disk")));

/** A built server whose data lies on a file system of 12 MiB; nobody else sees it but through its process. */
async function startOnSmallDisk() {
  const disk = join(programs.folder(), "disk");
  const script = `mount -t tmpfs -o size=12m tmpfs ${disk} && exec ${process.execPath} ${main}`;
  const { child, listening } = programs.start([...unshare, "sh", "-c", script], {
    ECA_PORT: "0",
    ECA_DATA: join(disk, "data"),
    ECA_USERNAME: credentials.username,
    ECA_PASSWORD: credentials.password,
  });
  const url = await listening;
  return { url, disk: `/proc/${child.pid}/root${disk}`, child };
}

describe.skipIf(!canMount)("a full disk", () => {
  it("answers 507, goes on reading, loses nothing, and takes writes again once there is room", async () => {
    const { url, disk, child } = await startOnSmallDisk();
    let token = "";
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(url + path, {
        method,
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, code: response.headers.get("x-error-code"), json: JSON.parse(text) };
    };
    token = (await call("POST", "/v1/login", credentials)).json.session_id;
    await call("POST", "/v1/ess", { module_id: "m", state: [1], valence: 1 });
    await writeFile(join(disk, "ballast"), new Uint8Array(4 * 1024 * 1024));

    // Four at a time, until no more than a few blocks are left: what is refused first need not be what fills it.
    const acknowledged: number[] = [];
    let refusals = 0;
    const write = async (text: string): Promise<number> => {
      const { status, code, json } = await call("POST", "/v1/sequence", {
        module_id: "m",
        instance_id: 1,
        context: text,
      });
      if (status === 201) acknowledged.push(json.id);
      else if (status !== 507 || code !== "storage_full") throw new Error(`${status} ${code}`);
      return status;
    };
    while (refusals < 12) {
      const answers = await Promise.all([write(context), write(context), write(context), write("small")]);
      refusals += answers.filter((status) => status === 507).length;
    }
    expect(acknowledged.length).toBeGreaterThan(20);
    expect((await statfs(disk)).bavail * 4096).toBeLessThan(1024 * 1024);

    const entries = await call("GET", "/v1/sequence/m");
    expect(entries.status).toBe(200);
    expect(entries.json.map(({ id }: { id: number }) => id)).toEqual([...acknowledged].sort((a, b) => a - b));
    expect((await call("GET", "/v1/ess/m/1")).json.state).toEqual([1]);
    expect((await call("GET", "/healthz")).status).toBe(200);
    expect((await call("GET", "/readyz")).status).toBe(503);

    await rm(join(disk, "ballast"));
    expect((await call("GET", "/readyz")).status).toBe(200);
    expect(await write(context)).toBe(201);
    expect((await call("GET", "/v1/module/m")).json.sequence_count).toBe(acknowledged.length);

    child.kill("SIGTERM");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
  });

  it("has no room for a backup: it is refused, and leaves nothing behind", async () => {
    const { url, disk, child } = await startOnSmallDisk();
    const login = await fetch(`${url}/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(credentials),
    });
    const { session_id } = (await login.json()) as { session_id: string };
    for (let count = 0; count < 40; count++) {
      const written = await fetch(`${url}/v1/document`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${session_id}` },
        body: JSON.stringify({ doc_id: "d", text: context }),
      });
      expect(written.status).toBe(201);
    }
    const { bavail } = await statfs(disk);
    await writeFile(join(disk, "ballast"), new Uint8Array((bavail - 100) * 4096));
    const enter = ["nsenter", "-t", String(child.pid), "-m", "-U", "--preserve-credentials"];
    const inside = (...words: string[]) => spawnSync(enter[0]!, [...enter.slice(1), process.execPath, main, ...words]);
    const inner = join(programs.folder(), "disk");
    const { status, stderr } = inside("backup", join(inner, "a.db"), "--data", join(inner, "data"));
    expect(stderr.toString()).toMatch(/^eca-server: there is no room for .*a\.db\.\w+\.partial\n$/);
    expect(status).toBe(69);
    expect((await readdir(disk)).toSorted()).toEqual(["ballast", "data"]);
    await rm(join(disk, "ballast"));
    expect(inside("backup", join(inner, "a.db"), "--data", join(inner, "data")).status).toBe(0);
    expect((await readdir(disk)).toSorted()).toEqual(["a.db", "a.db.manifest.json", "data"]);
  });
});
