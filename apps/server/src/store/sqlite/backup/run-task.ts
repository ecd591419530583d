import { fork } from "node:child_process";
import { operatorErrors, StoreUnusableError } from "../../port/store.js";
import type { OnProgress } from "../database/progress.js";
import type { Verification } from "../maintenance/verify.js";
import type { DatabaseTask, TaskMessage } from "./database-task.js";

const taskProcess = new URL("./task-process.js", import.meta.url);

/**
 * Runs a task on a database in a process of its own. The database engine ends the whole process that reads some kinds
 * of damage, and the process that reports it must not end.
 *
 * @param script What the process runs; tests bring their own.
 * @throws StoreUnusableError where the process ends before it is done; what the task throws.
 */
export async function runDatabaseTask(
  task: DatabaseTask,
  onProgress: OnProgress = () => {},
  script: URL = taskProcess,
): Promise<Verification> {
  // The output of an engine that ends helps nobody.
  const child = fork(script, { serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const stop = (): void => void child.kill("SIGKILL");
  process.once("exit", stop);
  try {
    return await new Promise<Verification>((resolve, reject) => {
      child.on("message", (message: TaskMessage) => {
        if (message.kind === "progress") onProgress(message.progress);
        else if (message.kind === "done") resolve(message.verification);
        else reject(toError(message));
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(endedError(task, signal ?? `exit code ${code}`)));
      child.send(task);
    });
  } finally {
    process.off("exit", stop);
    if (child.connected) child.disconnect();
  }
}

function endedError(task: DatabaseTask, end: string): StoreUnusableError {
  const path = task.kind === "verify" ? task.path : task.source;
  return new StoreUnusableError(`${path} is damaged: the database engine ended while reading it (${end})`);
}

/** An error as it was thrown in the other process. */
function toError({ name, message, stack }: TaskMessage & { readonly kind: "failed" }): Error {
  const Known = operatorErrors.find((each) => each.name === name);
  const error = new (Known ?? Error)(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
