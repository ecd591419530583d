import { ConfigError } from "../config/config.js";
import { NodeTooOldError } from "../config/node-version.js";
import { DomainError } from "../errors/domain-error.js";
import { operatorErrors, StoreRefusedError } from "../store/port/store.js";
import { ClockJumpError } from "../time/start-clock.js";
import { UsageError } from "./command.js";
import { exitCodes } from "./exit-codes.js";

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

/**
 * What a program that an error ends writes to its standard error, and its exit code: a line where the operator can do
 * something about it, the stack where not.
 */
export function describeFailure(error: unknown): { readonly text: string; readonly exitCode: number } {
  const exitCode = exitCodeOf(error);
  const {
    message,
    stack,
    code,
    syscall,
    port = 0,
  }: NodeJS.ErrnoException & { readonly port?: number } = error instanceof Error ? error : new Error(String(error));
  const advice = syscall === "listen" || syscall === "getaddrinfo" ? (listenAdvice(port)[code ?? ""] ?? "") : "";
  const text = `eca-server: ${exitCode === undefined ? stack : message + advice}\n`;
  return { text, exitCode: exitCode ?? exitCodes.unavailable };
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
    operatorErrors.some((Known) => error instanceof Known) ||
    code.startsWith("EADDR") ||
    code === "EACCES" ||
    syscall === "getaddrinfo";
  return isUnavailable ? exitCodes.unavailable : undefined;
}
