import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Clock } from "../src/clock.js";
import { type RunningServer, type ServerOptions, startServer } from "../src/server.js";

/** An answer, with its body as bytes were sent and as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // Tests look into bodies of every shape; what they expect is in their assertions.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

interface Call {
  readonly method?: string;
  /** Below the server's address, with `/v1`. */
  readonly path: string;
  /** A string is sent as it is; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A bearer token; null sends none. The administrator's by default. */
  readonly token?: string | null;
}

/** A real server on a free port with a data folder of its own, logged in as its administrator. */
export interface TestServer {
  readonly url: string;
  readonly folder: string;
  readonly token: string;
  readonly logs: string[];
  call(call: Call): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** Takes another session of the administrator's. */
  login(): Promise<void>;
  /** Stops the server and starts another one on the same folder. */
  restart(whileStopped?: () => void): Promise<void>;
}

export const credentials = { username: "admin", password: "test-password" };

interface TestServerOptions extends Pick<ServerOptions, "time" | "openStore"> {
  /** Both clocks of a machine that is never set. */
  readonly clock?: Clock;
}

/** Hashing at full cost would make up most of a test's time, and is tested by itself. */
const passwordCost = { ln: 4, r: 8, p: 1 };

/**
 * Starts a server for one test file; it is stopped and its folder deleted at the end of the file.
 * Call it in `beforeAll`.
 */
export async function startTestServer(
  environment: Readonly<Record<string, string>> = {},
  { clock, ...options }: TestServerOptions = {},
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "eca-test-"));
  const logs: string[] = [];
  const start = (): Promise<RunningServer> =>
    startServer(
      {
        ECA_PORT: "0",
        ECA_DATA: folder,
        ECA_USERNAME: credentials.username,
        ECA_PASSWORD: credentials.password,
        ...environment,
      },
      {
        passwordCost,
        logDestination: { write: (line) => void logs.push(line) },
        ...(clock !== undefined && { time: { wall: clock, timer: clock } }),
        ...options,
      },
    );
  let running: RunningServer | undefined = await start();
  const stop = async (): Promise<void> => {
    await running?.close();
    running = undefined;
  };
  const url = (): string => {
    if (running === undefined) throw new Error("the server has not started again");
    return running.url;
  };
  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  const call = ({ token = server.token, ...rest }: Call): Promise<Answer> => send(url(), { ...rest, token });
  const server: TestServer & { token: string } = {
    get url() {
      return url();
    },
    folder,
    token: "",
    logs,
    call,
    get: (path: string) => call({ path }),
    post: (path: string, body: unknown) => call({ method: "POST", path, body }),
    patch: (path: string, body: unknown) => call({ method: "PATCH", path, body }),
    delete: (path: string) => call({ method: "DELETE", path }),
    login: async () => {
      const login = await call({ method: "POST", path: "/v1/login", body: credentials, token: null });
      server.token = login.json.session_id;
    },
    restart: async (whileStopped) => {
      await stop();
      whileStopped?.();
      running = await start();
    },
  };
  await server.login();
  return server;
}

/** One request, byte for byte: `fetch` would reject bodies on GET and normalize paths. */
function send(url: string, { method = "GET", path, body, headers = {}, token }: Call): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const payload = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path,
        agent: false,
        headers: {
          ...(payload !== undefined && {
            "content-type": "application/json; charset=utf-8",
            "content-length": String(Buffer.byteLength(payload)),
          }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parse(text) });
        });
      },
    );
    outgoing.on("upgrade", ({ statusCode = 0, headers }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, headers, text: "", json: undefined });
    });
    outgoing.on("error", reject);
    outgoing.end(payload);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
