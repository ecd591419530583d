import { setTimeout } from "node:timers/promises";
import { holdOpen } from "./held-files.js";
import { type Inspection, inspect } from "./inspect-folder.js";

export interface RecheckOptions {
  /** The path of a database that is open. */
  readonly database: string;
  /** From the end of one look at all of it to the beginning of the next, in milliseconds. */
  readonly interval: number;
  /** Called with each look that was finished. */
  readonly onLooked: (inspection: Inspection) => void;
  /** Called where a look could not be finished; the next one begins as usual. */
  readonly onFailed: (error: unknown) => void;
}

/** The pause after each four megabytes, in milliseconds: comparing them takes two or three. */
const pause = 100;

/**
 * Compares a database that is open with its checksums again and again, slowly, so that it takes nothing from others: 25
 * seconds for each gigabyte. It changes nothing.
 *
 * @returns Ends it, and resolves once none is under way.
 */
export function recheckRegularly({ database, interval, onLooked, onFailed }: RecheckOptions): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const wait = (milliseconds: number): Promise<void> => setTimeout(milliseconds, undefined, { signal, ref: false });
  const look = async (): Promise<void> => {
    const file = holdOpen(database);
    if (file !== undefined) onLooked(await inspect(database, file, { onBlock: () => wait(pause) }));
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await wait(interval);
        await look();
      } catch (error) {
        if (!signal.aborted) onFailed(error);
      }
    }
  };
  const running = run();
  return async () => {
    stop.abort();
    await running;
  };
}
