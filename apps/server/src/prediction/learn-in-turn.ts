import type { Semaphore } from "../throttling/semaphore.js";

/** Logs with fewer rows take next to nothing: they need not wait for those with many. */
const smallLog = 10_000;

/**
 * Runs what learns a log once the rows of it may be learned, which bounds the memory that predictions take together.
 *
 * @param budget A permit is a row.
 * @param user Whose turn it is.
 * @param rows How many are learned, at most the permits of `budget`.
 */
export function learnInTurn<T>(budget: Semaphore, user: string, rows: number, learn: () => Promise<T>): Promise<T> {
  return rows <= smallLog ? learn() : budget.run({ line: user, permits: rows }, learn);
}
