// Starts the built server and its commands as processes of their own, which can be killed, and calls them.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

export const administrator = { username: "admin", password: "correct horse battery staple" };

const settings = {
  ECA_PORT: "0",
  ECA_USERNAME: administrator.username,
  ECA_PASSWORD: administrator.password,
  ECA_LOG_LEVEL: "error",
  ECA_LOGIN_FAILURES: "100000/1m",
  ECA_LOGIN_FAILURES_ADDRESS: "100000/1m",
};

const running = new Set();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function keep(child) {
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

/**
 * A server process. It is asked for its `url` once it listens; `errors()` is what it wrote to standard error.
 *
 * @typedef {object} ServerProcess
 * @property {Promise<string>} url Without `/v1`; rejects where the process ends before it listens.
 * @property {(signal: NodeJS.Signals) => Promise<void>} end Resolves once the process is gone.
 * @property {Promise<number | string>} gone The exit code, or the signal that ended it.
 * @property {() => string} errors
 */

/**
 * Starts a server on a data folder.
 *
 * @param {string} folder
 * @param {object} [options]
 * @param {Record<string, string>} [options.environment] Settings beside those of every run.
 * @param {string[]} [options.wrapper] A command to run the server behind.
 * @param {string} [options.script] The script that starts it; the built server by default.
 * @returns {ServerProcess}
 */
export function startServer(folder, { environment = {}, wrapper = [], script = main } = {}) {
  const [command, ...words] = [...wrapper, process.execPath, script];
  const env = { PATH: process.env.PATH, ...settings, ...environment, ECA_DATA: folder };
  const child = keep(spawn(command, words, { env, stdio: ["ignore", "pipe", "pipe"] }));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const gone = once(child, "close").then(([code, signal]) => signal ?? code);
  const url = new Promise((resolve, reject) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      const found = /listening on (http:\S+)\/v1/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("close", (code, signal) => reject(new Error(`the server ended by ${signal ?? code}: ${errors}`)));
  });
  // Who kills a server that starts does not ask for its address.
  url.catch(() => undefined);
  const end = async (signal) => {
    child.kill(signal);
    await gone;
  };
  return { url, end, gone, errors: () => errors };
}

/**
 * Runs `eca-server` with these words on a data folder.
 *
 * @param {string} folder
 * @param {string[]} words
 * @param {Record<string, string>} [environment]
 * @returns {{ result: Promise<{ code: number | string, output: string }>, kill: () => void }}
 */
export function runCommand(folder, words, environment = {}) {
  const env = { PATH: process.env.PATH, ...environment, ECA_DATA: folder };
  let child;
  const result = new Promise((resolve) => {
    child = execFile(process.execPath, [main, ...words], { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), output: stdout + stderr });
    });
  });
  keep(child);
  return { result, kill: () => child.kill("SIGKILL") };
}

/**
 * One call. A status of 0 means that no whole answer came: whether the server did what was asked is unknown.
 *
 * @param {string} url Of the server, without `/v1`.
 * @param {object} request
 * @param {string} [request.method]
 * @param {string} request.path
 * @param {unknown} [request.body]
 * @param {string} [request.token]
 * @param {Record<string, string>} [request.headers]
 * @param {AbortSignal} [request.signal] Drops the connection.
 * @returns {Promise<{ status: number, body: any, headers: Headers | undefined }>}
 */
export async function call(url, { method = "GET", path, body, token, headers = {}, signal }) {
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json; charset=utf-8" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text), headers: response.headers };
  } catch {
    return { status: 0, body: undefined, headers: undefined };
  }
}

/** A call that must succeed. @throws Error that says what came instead. */
export async function callSurely(url, request) {
  const reply = await call(url, request);
  if (reply.status >= 200 && reply.status < 300) return reply;
  const what = `${request.method ?? "GET"} ${request.path}`;
  throw new Error(`${what}: ${reply.status} ${JSON.stringify(reply.body)}`);
}

/** Logs the administrator in and returns the token. */
export async function logIn(url) {
  const { body } = await callSurely(url, { method: "POST", path: "/v1/login", body: administrator });
  return body.session_id;
}
