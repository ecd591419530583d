// Runs one task on a database for the process that has started this one: see `runDatabaseTask`.
import type { OnProgress } from "../database/progress.js";
import { verifySettled, type Verification } from "../maintenance/verify.js";
import { copyDatabase } from "./copy-database.js";
import type { DatabaseTask, TaskMessage } from "./database-task.js";

/** Milliseconds between two messages about the same step. */
const interval = 100;

// The process that has started this one is gone.
process.once("disconnect", () => process.exit());

process.once("message", (task: DatabaseTask) => {
  run(task, reportRarely()).then(
    (verification) => send({ kind: "done", verification }),
    (error: unknown) => {
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      send({ kind: "failed", name, message, stack });
    },
  );
});

async function run(task: DatabaseTask, onProgress: OnProgress): Promise<Verification> {
  return task.kind === "verify" ? await verifySettled(task.path, onProgress) : await copyDatabase(task, onProgress);
}

function send(message: TaskMessage): void {
  process.send?.(message);
}

function reportRarely(): OnProgress {
  let last = { step: "", at: 0 };
  return (progress) => {
    const at = performance.now();
    if (progress.step === last.step && at < last.at + interval) return;
    last = { step: progress.step, at };
    send({ kind: "progress", progress });
  };
}
