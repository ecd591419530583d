import type { EssRow } from "../port/rows.js";

/** About what a row takes beside the numbers and texts that it holds. */
const rowBytes = 1200;

/** About what each component of an aggregate takes beside its context: an entry in each of the lists. */
const componentBytes = 200;

/** About what a state takes in memory. Texts that are equal within one row may be counted more than once. */
export function bytesOfEss({ state, context, aggregate_id, aggregate_context }: EssRow): number {
  let bytes = rowBytes + state.byteLength + componentBytes * aggregate_id.length + 2 * (context?.length ?? 0);
  for (const text of aggregate_context) bytes += 2 * (text?.length ?? 0);
  return bytes;
}
