import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningServer, startServer } from "../../src/server.js";
import { StoreFullError } from "../../src/store/port/store.js";

/** Slow enough that callers who knock all the time come while the administrator's password is hashed. */
const passwordCost = { ln: 15, r: 8, p: 1 };
const admin = { username: "admin", password: "test-password" };

let folder: string;
const running: RunningServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-first-"));
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly json: Record<string, string>;
}

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One call; undefined where the connection is closed without a reply. @throws Error where nobody listens. */
function call(port: number, { method = "GET", path, body, headers }: Call): Promise<Answer | undefined> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: "127.0.0.1", method, path, agent: false, headers: { ...headers } });
    if (payload !== undefined) outgoing.setHeader("content-type", "application/json");
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode ?? 0, json: text.startsWith("{") ? JSON.parse(text) : {} });
      });
    });
    outgoing.on("upgrade", ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, json: {} });
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") reject(error);
      else resolve(undefined);
    });
    outgoing.end(payload);
  });
}

/** Calls again and again from before the start until somebody listens; what the first connection gets. */
async function firstAnswer(port: number, wanted: Call): Promise<Answer | undefined> {
  for (;;) {
    try {
      return await call(port, wanted);
    } catch {
      await setImmediate();
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await once(probe.close(), "close");
  return port;
}

/** Makes these calls all the time while a server starts; the first reply to each, beside how the start went. */
async function callWhileStarting(environment: Readonly<Record<string, string>>, calls: readonly Call[]) {
  const port = await freePort();
  const answers = Promise.all(calls.map((each) => firstAnswer(port, each)));
  const start = startServer(
    { ECA_PORT: String(port), ECA_DATA: folder, ...environment },
    { passwordCost, logDestination: { write: () => {} } },
  );
  const [started] = await Promise.allSettled([start]);
  if (started.status === "fulfilled") running.push(started.value);
  return { started, answers: await answers };
}

const login = (password: string): Call => ({
  method: "POST",
  path: "/v1/login",
  body: { username: admin.username, password },
});
const withToken = (token: string) => ({ authorization: `Bearer ${token}` });
const liveSocket = (token: string): Call => ({
  path: "/v1/ws",
  headers: {
    ...withToken(token),
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  },
});

describe("the first calls that a starting server replies to", () => {
  it("find its administrator: the right password is never refused", async () => {
    const { answers } = await callWhileStarting({ ECA_PASSWORD: admin.password }, [
      login(admin.password),
      login(admin.password),
      { path: "/healthz" },
      { path: "/readyz" },
    ]);
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 200, 200]);
  });

  it("find nobody logged in whose password ECA_PASSWORD has changed, live sockets included", async () => {
    const first = await callWhileStarting({ ECA_PASSWORD: admin.password }, [login(admin.password)]);
    const token = first.answers[0]?.json["session_id"] ?? "";
    await running.splice(0)[0]?.close();

    const { answers } = await callWhileStarting({ ECA_PASSWORD: "another-password" }, [
      { path: "/v1/session", headers: withToken(token) },
      liveSocket(token),
      login(admin.password),
      login("another-password"),
    ]);
    expect(answers.map((answer) => answer?.status)).toEqual([401, 401, 401, 200]);
  });

  it("open a live socket where the session has stayed", async () => {
    const first = await callWhileStarting({ ECA_PASSWORD: admin.password }, [login(admin.password)]);
    const token = first.answers[0]?.json["session_id"] ?? "";
    await running.splice(0)[0]?.close();

    const { answers } = await callWhileStarting({ ECA_PASSWORD: admin.password }, [liveSocket(token)]);
    expect(answers.map((answer) => answer?.status)).toEqual([101]);
  });

  it("are cut off where the start fails after all: nobody gets a reply", async () => {
    await callWhileStarting({ ECA_PASSWORD: admin.password }, []);
    await running.splice(0)[0]?.close();
    // The name of another administrator does not fit into what the database, which is there, may grow to.
    const { started, answers } = await callWhileStarting(
      { ECA_DATA_LIMIT: "4KiB", ECA_USERNAME: "a".repeat(10_000), ECA_PASSWORD: admin.password },
      [login(admin.password), { path: "/healthz" }, liveSocket("any")],
    );
    expect(started).toMatchObject({ status: "rejected", reason: expect.any(StoreFullError) });
    expect(answers).toEqual([undefined, undefined, undefined]);
  });
});
