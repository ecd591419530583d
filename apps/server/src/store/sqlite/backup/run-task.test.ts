import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreFullError, StoreUnusableError } from "../../port/store.js";
import type { Progress } from "../database/progress.js";
import type { TaskMessage } from "./database-task.js";
import { runDatabaseTask } from "./run-task.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-task-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Does a task by a process that does this once it has its task. */
async function run(body: string, onProgress?: (progress: Progress) => void) {
  const script = join(folder, "task.mjs");
  await writeFile(script, `process.once("message", () => { ${body} });`);
  return runDatabaseTask({ kind: "verify", path: "/data/eca.db" }, onProgress, pathToFileURL(script));
}

const send = (message: TaskMessage) => `process.send(${JSON.stringify(message)});`;
const failed = (name: string, message: string) => send({ kind: "failed", name, message, stack: undefined });

describe("a task in a process of its own", () => {
  it("reports damage where it ends the process", async () => {
    const ended = run('process.kill(process.pid, "SIGABRT");');
    await expect(ended).rejects.toThrow(StoreUnusableError);
    await expect(ended).rejects.toThrow(
      "/data/eca.db is damaged: the database engine ended while reading it (SIGABRT)",
    );
    await expect(run("process.exit(3);")).rejects.toThrow("(exit code 3)");
  });

  it("throws what the process throws, of the same class", async () => {
    await expect(run(failed("StoreFullError", "no room"))).rejects.toThrow(StoreFullError);
    await expect(run(failed("TypeError", "a bug"))).rejects.toThrow("a bug");
  });

  it("passes its progress on", async () => {
    const progress: Progress = { step: "reading rows", done: 1, total: 2, unit: "rows" };
    const passed: Progress[] = [];
    const ended = run(send({ kind: "progress", progress }) + failed("StoreFullError", ""), (each) => passed.push(each));
    await expect(ended).rejects.toThrow(StoreFullError);
    expect(passed).toEqual([progress]);
  });
});
