/** Time and chance, so that tests can hold both still. */
export interface Clock {
  /** Milliseconds since 1970. The system's clock, which may be set at any moment. */
  now(): number;
  /** Milliseconds since some moment, which pass evenly whatever the system's clock is set to. */
  timer(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  timer: () => performance.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, signal.aborted ? 0 : ms);
      signal.addEventListener("abort", wake);
    }),
};
