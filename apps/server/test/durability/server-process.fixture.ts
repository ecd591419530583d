import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const main = new URL("../../dist/main.js", import.meta.url).pathname;
const cheapPasswords = new URL("../cheap-passwords.mjs", import.meta.url).href;

/** A built server in a process of its own, which can be killed as a power cut would. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** What it has written to its standard error: its log. */
  errors(): string;
  /** Ends the process at once, without a chance to do anything. */
  kill(): Promise<void>;
  /** Ends it as an operator does. */
  stop(): Promise<void>;
}

/** Starts the built server on a free port and this folder, with this administrator. */
export async function startServerProcess(
  folder: string,
  { username, password }: { username: string; password: string },
): Promise<ServerProcess> {
  const inherited = Object.entries(process.env).filter(([variable]) => !variable.startsWith("ECA_"));
  const child = spawn(process.execPath, ["--import", cheapPasswords, main], {
    env: {
      ...Object.fromEntries(inherited),
      ECA_PORT: "0",
      ECA_DATA: folder,
      ECA_USERNAME: username,
      ECA_PASSWORD: password,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  return {
    url: await listening(child, () => errors),
    pid: child.pid!,
    errors: () => errors,
    kill: () => end(child, "SIGKILL"),
    stop: () => end(child, "SIGTERM"),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

function listening(child: ChildProcess, errors: () => string): Promise<string> {
  let out = "";
  return new Promise((resolve, reject) => {
    child.stdout!.on("data", (chunk) => {
      out += chunk;
      const url = /listening on (http:\S+)\/v1/.exec(out)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once("close", (code) => reject(new Error(`the server ended with ${code}: ${errors()}`)));
  });
}
