import type { Clock } from "./clock.js";
import { EcaAbortError, EcaArgumentError, type EcaError, EcaTimeoutError } from "./errors.js";

/** The end that is set to one call: its time limit or the caller's signal, whichever comes first. */
export interface Deadline {
  /** Aborts when the call must end. */
  readonly signal: AbortSignal;
  /** Milliseconds until the time limit. */
  remainingMs(): number;
  /** Why the call ended; call it only once `signal` has aborted. */
  failure(): EcaError;
  /** Settles as `promise` does, or rejects with `failure()` when the call ends before. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Releases the timer. Every deadline must be stopped. */
  stop(): void;
}

/** Timers fire at once beyond this many milliseconds (24.8 days). A longer limit counts as none. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * @param timeoutMs more than 0; `Infinity` sets no limit
 * @throws EcaArgumentError for another `timeoutMs`
 */
export function startDeadline(
  operation: string,
  timeoutMs: number,
  callerSignal: AbortSignal | undefined,
  clock: Clock,
): Deadline {
  if (!(timeoutMs > 0)) {
    throw new EcaArgumentError(`${operation}: timeoutMs is ${timeoutMs}; it must be above 0 (Infinity: no limit)`);
  }
  const endsAt = clock.timer() + timeoutMs;
  const limit = new AbortController();
  const timeout = new EcaTimeoutError(`${operation}: no answer within ${timeoutMs} ms (timeoutMs)`, timeoutMs);
  const timer = timeoutMs <= maxTimerMs ? setTimeout(() => limit.abort(timeout), timeoutMs) : undefined;
  const signal = callerSignal === undefined ? limit.signal : AbortSignal.any([limit.signal, callerSignal]);

  const failure = (): EcaError =>
    signal.reason === timeout
      ? timeout
      : new EcaAbortError(`${operation}: aborted by the caller's signal`, { cause: signal.reason });

  return {
    signal,
    failure,
    remainingMs: () => endsAt - clock.timer(),
    race: (promise) =>
      new Promise((resolve, reject) => {
        const end = (): void => reject(failure());
        if (signal.aborted) end();
        signal.addEventListener("abort", end, { once: true });
        promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", end));
      }),
    stop: () => clearTimeout(timer),
  };
}
