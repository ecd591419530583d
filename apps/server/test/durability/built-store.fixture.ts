import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type * as SqliteStore from "../../src/store/sqlite/sqlite-store.js";

const built = new URL("../../dist/store/sqlite/sqlite-store.js", import.meta.url);

/** Opens a store with the built code, which is what the child processes run too. */
export async function openBuiltStore(folder: string) {
  const { openSqliteStore } = (await import(built.href)) as typeof SqliteStore;
  return openSqliteStore({ folder });
}

/** A child process that runs a script of this folder, and what it has said so far. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves once the child has said this line; rejects if it ends before. */
  said(line: string): Promise<void>;
  /** Resolves once the child has ended and all that it said was read: whole lines alone. */
  ended(): Promise<{ readonly lines: string[]; readonly errors: string; readonly code: number | null }>;
}

/** Starts `node script ...parameters`, behind `wrapper` where one is given. */
export function startChild(script: string, parameters: readonly string[], wrapper: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const [command, ...rest] = [...wrapper, process.execPath, path, ...parameters];
  const child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let errors = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  // A line that was cut off by the end of the process was not said.
  const lines = () => text.split("\n").slice(0, -1);
  const ended = new Promise<{ lines: string[]; errors: string; code: number | null }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ lines: lines(), errors, code }));
  });
  return {
    process: child,
    ended: () => ended,
    said: (line) =>
      new Promise((resolve, reject) => {
        const listener = () => {
          if (!lines().includes(line)) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
        listener();
        ended.then(({ errors }) => reject(new Error(`the child ended before it said "${line}": ${errors}`)), reject);
      }),
  };
}
