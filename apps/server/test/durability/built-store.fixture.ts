import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Store } from "../../src/store/port/store.js";
import type * as ConnectionModule from "../../src/store/sqlite/database/connection.js";
import type * as SqliteStore from "../../src/store/sqlite/sqlite-store.js";

const built = (name: string): string => new URL(`../../dist/store/sqlite/${name}`, import.meta.url).href;

/**
 * Opens a store with the built code, which is what the child processes run too. Once it is closed this process has no
 * connection left: one that outlives a child which is killed would move the child's log into the database.
 */
export async function openBuiltStore(folder: string): Promise<Store> {
  const { openSqliteStore } = (await import(built("sqlite-store.js"))) as typeof SqliteStore;
  const { releaseFiles } = (await import(built("database/connection.js"))) as typeof ConnectionModule;
  const store = await openSqliteStore({ folder });
  const close = async (): Promise<void> => {
    await store.close();
    await releaseFiles();
  };
  return { ...store, close };
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
