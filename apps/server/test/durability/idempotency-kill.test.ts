import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ServerProcess, startServerProcess } from "./server-process.fixture.js";

const credentials = { username: "admin", password: "test-password" };

let folder: string;
let server: ServerProcess;
let token: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-kill-"));
  server = await startServerProcess(folder, credentials);
  const login = await send("POST", "/login", credentials);
  token = (login.body as { session_id: string }).session_id;
  await send("POST", "/ess", { module_id: "m", state: [1], valence: 0 });
});

afterEach(async () => {
  await server.kill();
  await rm(folder, { recursive: true, force: true });
});

/** Kills the server, and starts another one on the same folder. */
async function replaceServer(): Promise<void> {
  await server.kill();
  server = await startServerProcess(folder, credentials);
}

interface Entry {
  readonly id: number;
  readonly context: string;
}

async function send(method: string, path: string, body?: unknown, key?: string) {
  const response = await fetch(`${server.url}/v1${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key !== undefined && { "idempotency-key": key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const entryFor = (key: string) => ({ module_id: "m", instance_id: 1, context: key });
const append = (key: string) => send("POST", "/sequence", entryFor(key), key);
const log = async () => (await send("GET", "/sequence/m")).body as Entry[];

describe("a create whose answer is lost", () => {
  it("when the server is killed after the commit, is answered by the next one with the same row", async () => {
    const socket = sendUnheard("/sequence", entryFor("lost"), "lost");
    const [committed] = await vi.waitUntil(async () => {
      const entries = await log();
      return entries.length > 0 && entries;
    });
    await replaceServer();
    socket.destroy();
    for (let round = 0; round < 2; round++) {
      const answer = await append("lost");
      expect(answer.status).toBe(201);
      expect(answer.headers.get("idempotency-replayed")).toBe("true");
      expect(answer.body).toEqual(committed);
    }
    expect(await log()).toEqual([committed]);
  });

  it("is carried out exactly once, at whatever moment the server is killed", async () => {
    const writers = 8;
    const answered = new Map<string, number>();
    let sent = 0;
    for (const answersUntilKill of [1, 9, 30, 55]) {
      const until = answered.size + answersUntilKill;
      const lost = await Promise.all(
        Array.from({ length: writers }, async () => {
          for (;;) {
            const key = `key-${++sent}`;
            // Killed in the middle of a call, the server answers nothing; the call is repeated below.
            const answer = await append(key).catch(() => undefined);
            if (answer === undefined) return key;
            expect(answer.status).toBe(201);
            answered.set(key, (answer.body as Entry).id);
            if (answered.size >= until) void server.kill();
          }
        }),
      );
      await replaceServer();
      for (const key of lost) {
        const [first, again] = [await append(key), await append(key)];
        expect([first.status, again.status]).toEqual([201, 201]);
        expect(again.headers.get("idempotency-replayed")).toBe("true");
        expect(again.body).toEqual(first.body);
        answered.set(key, (first.body as Entry).id);
      }
    }
    const entries = await log();
    expect(entries.map(({ context }) => context).toSorted()).toEqual([...answered.keys()].toSorted());
    expect(new Map(entries.map(({ context, id }) => [context, id]))).toEqual(answered);
    // Five servers are started one after the other.
  }, 90_000);

  it("is forgotten with its row, at whatever moment the server is killed, or neither is", async () => {
    const keys = Array.from({ length: 120 }, (_, index) => `deleted-${index}`);
    const made = await Promise.all(keys.map(append));
    const ids = new Map(keys.map((key, index) => [key, (made[index]!.body as Entry).id]));
    const rest = [...keys];
    let deleted = 0;
    for (const answersUntilKill of [1, 12, 40]) {
      const until = deleted + answersUntilKill;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let key = rest.shift(); key !== undefined; key = rest.shift()) {
            // Killed in the middle of a call, the server answers nothing; what became of it is looked at below.
            const answer = await send("DELETE", `/sequence/m/${ids.get(key)}`).catch(() => undefined);
            if (answer === undefined) return;
            expect(answer.status).toBe(200);
            deleted += 1;
            if (deleted >= until) void server.kill();
          }
        }),
      );
      await replaceServer();
    }
    const left = new Set((await log()).map(({ id }) => id));
    expect(left.size).toBeGreaterThan(0);
    expect(left.size).toBeLessThan(keys.length);
    for (const key of keys) {
      const answer = await append(key);
      const id = ids.get(key)!;
      expect(answer.status).toBe(201);
      expect(answer.headers.get("idempotency-replayed")).toBe(left.has(id) ? "true" : null);
      expect((answer.body as Entry).id === id).toBe(left.has(id));
    }
    expect((await log()).map(({ context }) => context).toSorted()).toEqual(keys.toSorted());
  }, 90_000);

  it("that makes a secret, is answered by the next one with the same secret", async () => {
    const wanted = { name: "robot", role: "reader" };
    const socket = sendUnheard("/key", wanted, "lost");
    const keys = async () => (await send("GET", "/key")).body as { key_id: string; hint: string }[];
    const [committed] = await vi.waitUntil(async () => {
      const made = await keys();
      return made.length > 0 && made;
    });
    await replaceServer();
    socket.destroy();
    const answer = await send("POST", "/key", wanted, "lost");
    expect(answer.status).toBe(201);
    expect(answer.headers.get("idempotency-replayed")).toBe("true");
    const { token: secret, ...made } = answer.body as { token: string };
    expect(made).toEqual(committed);
    const used = await fetch(`${server.url}/v1/module`, { headers: { authorization: `Bearer ${secret}` } });
    expect(used.status).toBe(200);
    expect(await keys()).toHaveLength(1);
    for (const file of await readdir(folder))
      expect(await readFile(join(folder, file), "latin1")).not.toContain(secret);
  });

  /** Sends a POST over a connection on which no answer is ever read. */
  function sendUnheard(path: string, content: object, key: string) {
    const { hostname, port, host } = new URL(server.url);
    const body = JSON.stringify(content);
    const head = [
      `POST /v1${path} HTTP/1.1`,
      `host: ${host}`,
      `authorization: Bearer ${token}`,
      `idempotency-key: ${key}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    const socket = connect(Number(port), hostname, () => socket.write(`${head.join("\r\n")}\r\n\r\n${body}`));
    return socket.pause().on("error", () => undefined);
  }
});
