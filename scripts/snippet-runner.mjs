// What the scripts that run the snippets of the documentation share.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const run = promisify(execFile);
export const root = fileURLToPath(new URL("..", import.meta.url));
export const timeout = 120_000;

/** The compiler's command line. */
export const tsc = join(dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin/tsc");

/** What programs of users are compiled with; our declarations are checked along with them. */
export const compilerOptions = {
  strict: true,
  module: "nodenext",
  target: "es2022",
  lib: ["es2023", "dom"],
};

/** The blocks of code of a page; a `text` block right behind one is what it prints. */
export function blocksOf(page) {
  const blocks = page.matchAll(/^```(\w+)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm);
  return [...blocks].map(([, language, code, output]) => ({ language, code, output }));
}

/** Runs checks, says what came of each, and at the end of all. */
export function createReport(name) {
  const results = [];
  return {
    attempt: async (check, work) => {
      try {
        await work();
        results.push(true);
        console.log(`passed   ${check}`);
      } catch (error) {
        results.push(false);
        const printed = `${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`;
        console.log(`FAILED   ${check}: ${printed.slice(0, 4000)}`);
      }
    },
    end: () => {
      const failed = results.filter((passed) => !passed).length;
      console.log(`${name}: ${results.length - failed} passed, ${failed} failed`);
      if (failed > 0) process.exitCode = 1;
    },
  };
}

/** Demands that the same was printed as a page shows, but for instants and line breaks, which differ from run to run. */
export function expectPrinted(printed, shown) {
  const [actual, expected] = [printed, shown].map(comparable);
  if (actual !== expected) throw new Error(`printed\n  ${actual}\nand not\n  ${expected}`);
}

function comparable(text) {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, "<instant>").replaceAll(/\s+/g, "");
}

/** The administrator of the servers that `withBuiltServer` starts; the pages write the password like this. */
export const login = { username: "admin", password: "the password" };

/** Starts the built server as `withServer` does. */
export async function withBuiltServer(work, use) {
  const environment = { ECA_USERNAME: login.username, ECA_PASSWORD: login.password, ECA_LOG_LEVEL: "warn" };
  await withServer({ work, command: process.execPath, args: ["apps/server/dist/main.js"], environment }, use);
}

/**
 * Starts a server on a free port with an empty data folder inside `work`, and ends it and all its processes.
 *
 * @param use Is given the address, what was printed, and the data folder.
 */
export async function withServer({ work, command, args, environment }, use) {
  const data = await mkdtemp(join(work, "data-"));
  const env = { ...process.env, ECA_PORT: "0", ECA_DATA: data, ...environment };
  const server = spawn(command, args, { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(server, "close");
  let printed = "";
  const listening = new Promise((resolve, reject) => {
    const onOutput = (chunk) => {
      printed += chunk;
      // The data folder's line comes with the address, the login's with both.
      const address = /^ECA is listening on (http:\S+)\/v1$/m.exec(printed)?.[1];
      if (address !== undefined) setImmediate(resolve, address);
    };
    server.stdout.on("data", onOutput);
    server.stderr.on("data", onOutput);
    server.on("error", reject);
    server.on("close", (status) => reject(new Error(`the server ended with ${status}:\n${printed}`)));
    setTimeout(() => reject(new Error(`the server does not listen:\n${printed}`)), timeout).unref();
  });
  try {
    const url = await listening;
    await use(url, printed, data);
  } finally {
    // The whole group, as Ctrl-C in a terminal does.
    if (server.exitCode === null) process.kill(-Number(server.pid), "SIGINT");
    await ended;
  }
}
