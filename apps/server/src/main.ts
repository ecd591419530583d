import { UsageError } from "./cli/command.js";
import { exitCodes } from "./cli/exit-codes.js";
import { ConfigError } from "./config/config.js";
import { DomainError } from "./errors/domain-error.js";
import { NodeTooOldError, requireNode } from "./config/node-version.js";
import type { RunningServer } from "./server.js";
import {
  StoreBusyError,
  StoreDamagedError,
  StoreFailedError,
  StoreFullError,
  StoreReadOnlyError,
  StoreRefusedError,
  StoreUnusableError,
} from "./store/port/store.js";
import { ClockJumpError } from "./time/start-clock.js";

async function main(words: readonly string[]): Promise<void> {
  requireNode(process.versions.node);
  // Each is loaded where it is needed: a command has no use for the server, nor the server for commands.
  if (words.length === 0) {
    const { startServer } = await import("./server.js");
    serve(await startServer(process.env));
    return;
  }
  const { runCommand } = await import("./cli/run-command.js");
  await runCommand(words, {
    environment: process.env,
    input: process.stdin,
    writeOut: (text) => void process.stdout.write(text),
    writeErr: (text) => void process.stderr.write(text),
  });
}

function serve(server: RunningServer): void {
  const stop = (): void => {
    server.close().then(
      () => process.exit(exitCodes.done),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  // Last: whoever reads it may stop the server at once.
  process.stdout.write(greeting(server));
}

function greeting({ url, dataFolder, username, generatedPassword }: RunningServer): string {
  const lines = [`ECA is listening on ${url}/v1`, `Documentation      ${url}/docs`, `Data folder        ${dataFolder}`];
  if (generatedPassword !== undefined) {
    lines.push(`Username           ${username}`, `Password           ${generatedPassword}   (shown once; keep it)`);
  }
  return `${lines.join("\n")}\n`;
}

const otherHost = "; choose an address of this machine's own by ECA_HOST";

/** What to do where the server cannot listen on a port. */
const listenAdvice = (port: number): Readonly<Record<string, string>> => ({
  EADDRINUSE:
    "; choose another port by ECA_PORT, or end the program that listens there: " +
    `"ss -ltnp 'sport = :${port}'" or "lsof -nP -iTCP:${port}" shows which one it is`,
  EACCES: "; choose a port that needs no rights, such as 2580, by ECA_PORT",
  EADDRNOTAVAIL: otherHost,
  ENOTFOUND: otherHost,
  EAI_AGAIN: otherHost,
});

function fail(error: unknown): never {
  const exitCode = exitCodeOf(error);
  const {
    message,
    stack,
    code,
    syscall,
    port = 0,
  }: NodeJS.ErrnoException & { readonly port?: number } = error instanceof Error ? error : new Error(String(error));
  const advice = syscall === "listen" || syscall === "getaddrinfo" ? (listenAdvice(port)[code ?? ""] ?? "") : "";
  process.stderr.write(`eca-server: ${exitCode === undefined ? stack : message + advice}\n`);
  process.exit(exitCode ?? exitCodes.unavailable);
}

/** What an error that the operator can do something about ends the process with; undefined for all others. */
function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof DomainError || error instanceof StoreRefusedError) return exitCodes.refused;
  if (error instanceof ConfigError) return exitCodes.configuration;
  const { code = "", syscall } = error as NodeJS.ErrnoException;
  const isUnavailable =
    error instanceof NodeTooOldError ||
    error instanceof ClockJumpError ||
    error instanceof StoreUnusableError ||
    error instanceof StoreDamagedError ||
    error instanceof StoreFullError ||
    error instanceof StoreReadOnlyError ||
    error instanceof StoreFailedError ||
    error instanceof StoreBusyError ||
    code.startsWith("EADDR") ||
    code === "EACCES" ||
    syscall === "getaddrinfo";
  return isUnavailable ? exitCodes.unavailable : undefined;
}

await main(process.argv.slice(2)).catch(fail);
