import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterEach, beforeEach } from "vitest";

/** The script of the built program. */
export const main = new URL("../../dist/main.js", import.meta.url).pathname;

/** Options of Node's, before the script, for a program whose passwords are hashed at next to no cost. */
export const cheapPasswords = ["--import", new URL("../cheap-passwords.mjs", import.meta.url).href] as const;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A program in a process of its own. */
export interface Program {
  readonly child: Child;
  /** What it has written so far. */
  readonly output: { out: string; err: string };
  /** Its exit code; null where a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Where a server listens, without `/v1`, once it has said so. Rejects where it ends first. */
  readonly listening: Promise<string>;
}

/**
 * Gives each test an empty folder, and processes that do not outlive the test.
 *
 * @param prefix Of the folder's name.
 */
export function usePrograms(prefix: string) {
  let folder: string;
  const children: Child[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), prefix));
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    }
    await rm(folder, { recursive: true, force: true });
  });

  return {
    folder: () => folder,

    /** Starts a command in the folder, with nothing of ours in its environment but what is given. */
    start: (
      [command, ...parameters]: readonly [string, ...string[]],
      environment: NodeJS.ProcessEnv,
      input = "",
    ): Program => {
      const inherited = Object.entries(process.env).filter(([variable]) => !variable.startsWith("ECA_"));
      const child = spawn(command, parameters, {
        cwd: folder,
        env: { ...Object.fromEntries(inherited), ...environment },
        stdio: ["pipe", "pipe", "pipe"],
      });
      children.push(child);
      // A program may end before it has read what there is.
      child.stdin.on("error", () => {}).end(input);
      return watch(child);
    },
  };
}

function watch(child: Child): Program {
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (output.out += chunk));
  child.stderr.on("data", (chunk) => (output.err += chunk));
  const exited = once(child, "close").then(([code]) => code as number | null);
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      const url = /listening on (http:\S+)\/v1[^]*Data folder.*\n/.exec(output.out)?.[1];
      if (url !== undefined) resolve(url);
    });
    void exited.then((code) => reject(new Error(`exited with ${code}: ${output.err}`)));
  });
  // Not every test waits for it.
  listening.catch(() => {});
  return { child, output, exited, listening };
}
