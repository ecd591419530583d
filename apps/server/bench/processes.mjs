// Starts what is measured, each in a process of its own, and calls it.
import { fork, spawn } from "node:child_process";
import { request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const password = "correct horse battery staple";

/** Limits are on, and higher than anything that is sent; the machine itself is not exempt from them. */
const unreachable = "100000000/1s";
const settings = {
  ECA_PORT: "0",
  ECA_PASSWORD: password,
  ECA_LOG_LEVEL: "warn",
  ECA_RATE_EXEMPT: "192.0.2.1",
  ECA_RATE_READ: unreachable,
  ECA_RATE_WRITE: unreachable,
  ECA_RATE_SEARCH: unreachable,
  ECA_RATE_ADDRESS: unreachable,
};

/**
 * Starts the built server on a data folder, with its defaults but for the limits, and logs in.
 *
 * @param dist The folder that holds the built server, as a URL that ends in `/`.
 */
export async function startServer(dist, data) {
  const child = spawnServer(dist, { ECA_DATA: data }, "pipe");
  const port = await new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      const [, found] = /listening on http:\/\/[^:]+:(\d+)/.exec(text) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
    child.once("exit", (code) => reject(new Error(`the server ended with code ${code}`)));
  });
  const { body } = await call(port, { method: "POST", path: "/v1/login", body: { username: "admin", password } });
  return { port, pid: child.pid, token: JSON.parse(body).session_id, stop: () => stop(child) };
}

function spawnServer(dist, environment, stdout) {
  const env = { PATH: process.env.PATH, ...settings, ...environment };
  const stdio = ["ignore", stdout, "inherit"];
  return keep(spawn(process.execPath, [fileURLToPath(new URL("main.js", dist))], { env, stdio }));
}

/** Starts one of the servers that ours is compared with; it answers what `imitate` hands to it. */
export async function startReference(file) {
  const child = keep(fork(fileURLToPath(new URL(file, import.meta.url)), { serialization: "advanced" }));
  const next = () => new Promise((resolve) => child.once("message", resolve));
  const port = await next();
  /** From now on it sends the bytes of this answer, but for the headers that Node adds by itself. */
  const imitate = async ({ status, rawHeaders, body }) => {
    const isOwn = (_, at, all) => ownHeaders.has(all[at - (at % 2)].toLowerCase());
    child.send({ status, rawHeaders: rawHeaders.filter((...field) => !isOwn(...field)), body });
    await next();
  };
  return { port, pid: child.pid, imitate, stop: () => stop(child) };
}

const ownHeaders = new Set(["date", "connection", "keep-alive"]);

/** Stops all that still runs. */
export async function stopAll() {
  await Promise.all([...running].map((child) => stop(child)));
}

const running = new Set();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function keep(child) {
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

async function stop(child) {
  if (!running.has(child)) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

/** One call with everything that came back. */
export function call(port, { method = "GET", path, token, body }) {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json; charset=utf-8",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const req = request({ port, host: "127.0.0.1", method, path, headers }, (res) => {
      const chunks = [];
      res.on("data", (chunk) => chunks.push(chunk));
      res.on("error", reject);
      res.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (res.statusCode >= 400) reject(new Error(`${method} ${path}: ${res.statusCode} ${text}`));
        else resolve({ status: res.statusCode, rawHeaders: res.rawHeaders, body: text });
      });
    });
    req.on("error", reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The time from starting a server on a filled data folder to its first answer with a row in it, in milliseconds. */
export async function firstAnswer(dist, data, { path, token }) {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const begin = performance.now();
  const child = spawnServer(dist, { ECA_PORT: String(port), ECA_DATA: data }, "ignore");
  for (;;) {
    try {
      await call(port, { path, token });
      break;
    } catch (error) {
      if (error.code !== "ECONNREFUSED" || performance.now() - begin > 30_000) throw error;
      await setTimeout(1);
    }
  }
  const time = performance.now() - begin;
  await stop(child);
  return time;
}
