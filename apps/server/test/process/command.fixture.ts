import { type ChildProcess, fork } from "node:child_process";
import { afterAll } from "vitest";

/** How a command ended, and what it wrote. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface CommandCall {
  readonly words: readonly string[];
  /** Where the command is given. */
  readonly folder: string;
  /** All that it has of an environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What it reads from its standard input. */
  readonly input?: string;
}

interface WaitingCall {
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Commands of the built program, run one after the other in a process of their own that a test file shares.
 */
export function useCommands(): (call: CommandCall) => Promise<CommandResult> {
  const waiting = new Map<number, WaitingCall>();
  let child: ChildProcess | undefined;
  let last = 0;

  const start = (): ChildProcess => {
    const started = fork(new URL("command-process.mjs", import.meta.url), { execArgv: [] });
    started.on("message", ({ id, ...result }: CommandResult & { readonly id: number }) => {
      waiting.get(id)?.resolve(result);
      waiting.delete(id);
    });
    started.once("exit", (code, signal) => {
      for (const { reject } of waiting.values())
        reject(new Error(`the commands' process ended with ${code ?? signal}`));
    });
    return started;
  };

  afterAll(async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => child!.once("exit", resolve).kill());
  });

  return ({ words, folder, environment = {}, input = "" }) =>
    new Promise((resolve, reject) => {
      child ??= start();
      const id = ++last;
      waiting.set(id, { resolve, reject });
      child.send({ id, words, folder, environment, input });
    });
}
