import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRawConnection } from "../raw-connection.fixture.js";

const main = new URL("../../dist/main.js", import.meta.url).pathname;
const MiB = 1024 * 1024;
const bodyLimit = 8 * MiB;

let folder: string;
let child: ChildProcess;
let url: string;
let token: string;

/** Of the peak, Linux alone tells, and lets it be set back. */
describe.runIf(existsSync("/proc/self/clear_refs"))("memory of a server of its own", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eca-memory-"));
    const inherited = Object.entries(process.env).filter(([variable]) => !variable.startsWith("ECA_"));
    child = spawn(process.execPath, [main], {
      cwd: folder,
      env: { ...Object.fromEntries(inherited), ECA_PORT: "0", ECA_PASSWORD: "test-password", ECA_LOG_LEVEL: "fatal" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let printed = "";
    url = await new Promise<string>((resolve, reject) => {
      child.stdout?.on("data", (chunk) => {
        printed += chunk;
        const [, address] = /listening on (http:\S+)\/v1/.exec(printed) ?? [];
        if (address !== undefined) resolve(address);
      });
      child.once("exit", () => reject(new Error(`the server does not start: ${printed}`)));
    });
    const login = await post("/v1/login", JSON.stringify({ username: "admin", password: "test-password" }));
    token = ((await login.json()) as { session_id: string }).session_id;
    expect((await post("/v1/ess", '{"module_id":"m","state":[1],"valence":1}')).status).toBe(201);
    // What is needed once is not counted.
    for (const body of ["{", '{"module_id":1}']) await post("/v1/ess", body);
  });

  afterAll(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  });

  const filled = (part: string): string => part.repeat(Math.floor((bodyLimit - 100) / part.length));
  const bodies = {
    "brackets that open": filled("["),
    "brackets that open and close": `{"module_id":"m","state":[${filled("[],")}[]]}`,
    "empty objects": `{"module_id":"m","x":[${filled("{},")}{}]}`,
    keys: `{${Array.from({ length: 500_000 }, (_, key) => `"${key}":1`).join(",")}}`,
    numbers: `{"module_id":"m","valence":1,"state":[${filled("1,")}1]}`,
    texts: `{"module_id":"m","valence":1,"state":[${filled('"ab",')}1]}`,
    "one long text": `{"module_id":"m","state":[1],"valence":1,"context":"${filled("x")}"}`,
    "60,000 entries that are none": `{"module_id":"m","state":[${'"x",'.repeat(60_000)}1],"valence":1}`,
    "60,000 components that are none": `{"module_id":"m","state":[],"valence":1,"aggregate_module_id":[${'"\\u0000",'.repeat(60_000)}1]}`,
  };

  it.each(Object.entries(bodies))("%s: the peak is a few times the body", async (_name, body) => {
    const peak = await peakOf(async () => {
      for (let round = 0; round < 3; round++) expect((await post("/v1/ess", body)).status).toBe(400);
    });
    expect(peak).toBeLessThan(10 * bodyLimit);
  });

  it("a gzip bomb stays closed", async () => {
    const bomb = gzipSync(Buffer.alloc(128 * MiB));
    const headers = {
      "content-type": "application/json",
      "content-encoding": "gzip",
      authorization: `Bearer ${token}`,
    };
    const peak = await peakOf(async () => {
      const answer = await fetch(`${url}/v1/ess`, { method: "POST", headers, body: bomb });
      expect(answer.status).toBe(415);
    });
    expect(peak).toBeLessThan(4 * bodyLimit);
  });

  it("a long list is never held whole, compressed or not", async () => {
    const entries = 512;
    const context = "x".repeat(MiB / 4);
    const body = JSON.stringify({ module_id: "m", instance_id: 1, context });
    for (let entry = 0; entry < entries; entry += 8) {
      const replies = await Promise.all(Array.from({ length: 8 }, () => post("/v1/sequence", body)));
      expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 201));
    }
    for (const encoding of ["identity", "gzip"]) {
      const headers = { "accept-encoding": encoding, authorization: `Bearer ${token}` };
      const peak = await peakOf(async () => {
        const reply = await fetch(`${url}/v1/sequence/m`, { headers });
        expect(reply.headers.get("content-encoding")).toBe(encoding === "gzip" ? "gzip" : null);
        let length = 0;
        for await (const chunk of reply.body ?? []) length += chunk.length;
        expect(length).toBeGreaterThan(entries * context.length);
      });
      expect(peak).toBeLessThan(entries * context.length);
    }
  });

  it("of a body without end no more is kept than the limit", async () => {
    const chunk = Buffer.alloc(MiB, " ");
    const peak = await peakOf(async () => {
      const connection = await openRawConnection(url);
      connection.write(
        `POST /v1/ess HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\n\r\n`,
      );
      for (let sent = 0; sent < 256; sent++) {
        connection.write(`${chunk.length.toString(16)}\r\n`);
        connection.write(chunk);
        connection.write("\r\n");
        if (connection.socket.writableNeedDrain) await once(connection.socket, "drain");
      }
      connection.write("0\r\n\r\n");
      const [answer] = await connection.answers(1);
      expect(answer?.status).toBe(413);
      connection.socket.destroy();
    });
    expect(peak).toBeLessThan(10 * bodyLimit);
  });
});

async function post(path: string, body: string): Promise<Response> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  return fetch(url + path, { method: "POST", headers, body });
}

/** How many bytes more than before the server held at the worst moment of some work. */
async function peakOf(work: () => Promise<void>): Promise<number> {
  writeFileSync(`/proc/${child.pid}/clear_refs`, "5");
  const before = statusOf("VmRSS");
  await work();
  return statusOf("VmHWM") - before;
}

function statusOf(field: string): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(new RegExp(String.raw`^${field}:\s+(\d+) kB`, "m").exec(status)?.[1]) * 1024;
}
