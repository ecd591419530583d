// Starts what is measured, each in a process of its own, and reads from /proc what it costs.
import { fork, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const password = "correct horse battery staple";

/** Limits are on, and higher than anything that is sent; the machine itself is not exempt from them. */
const unreachable = "100000000/1s";
const settings = {
  ECA_PORT: "0",
  ECA_PASSWORD: password,
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
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.js", dist))], {
    env: { PATH: process.env.PATH, ...settings, ECA_DATA: data },
    stdio: ["ignore", "pipe", "inherit"],
  });
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

/** Starts one of the servers that ours is compared with; it answers what `say` hands to it. */
export async function startReference(file) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { serialization: "advanced" });
  const next = () => new Promise((resolve) => child.once("message", resolve));
  const port = await next();
  const say = async (reply) => {
    child.send(reply);
    await next();
  };
  return { port, pid: child.pid, say, stop: () => stop(child) };
}

async function stop(child) {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

/** One call with everything that came back, its bytes unread where `onData` takes them. */
export function call(port, { method = "GET", path, token, body, onData }) {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json; charset=utf-8",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const req = request({ port, host: "127.0.0.1", method, path, headers }, (res) => {
      const chunks = [];
      res.on("data", onData ?? ((chunk) => chunks.push(chunk)));
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
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.js", dist))], {
    env: { PATH: process.env.PATH, ...settings, ECA_PORT: String(port), ECA_DATA: data },
    stdio: ["ignore", "ignore", "inherit"],
  });
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

/** What all threads of a process have used of the processors so far, in microseconds. */
export function cpuOf(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => {
    // The first number is nanoseconds on a processor: user and system time, finer than the ticks of `stat`.
    const [onProcessor] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ");
    return sum + Number(onProcessor) / 1000;
  }, 0);
}

/** What a process holds in memory, in bytes: `VmRSS`. */
export function memoryOf(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return Number(kilobytes) * 1024;
}
