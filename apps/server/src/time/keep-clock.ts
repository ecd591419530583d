import type { OpenedClock } from "./open-clock.js";

/** How often a clock that nobody asks is looked at, in milliseconds. */
const lookInterval = 60_000;

/**
 * Keeps what the next start has to know of a clock, now and as it goes on: whether or not anything is written
 * meanwhile, the next start then knows when this process was last there.
 *
 * @param onError Is called where it could not be kept; it is tried again after a minute.
 * @returns Keeps it once more and ends.
 */
export async function keepClock(clock: OpenedClock, onError: (error: unknown) => void): Promise<() => Promise<void>> {
  const keep = (): Promise<void> => clock.keep().catch(onError);
  if (clock.hasNews) await keep();
  const look = (): void => {
    if (clock.hasNews) void keep();
  };
  clock.onNews(look);
  const timer = setInterval(look, lookInterval).unref();
  return async () => {
    clock.onNews(() => undefined);
    clearInterval(timer);
    await keep();
  };
}
