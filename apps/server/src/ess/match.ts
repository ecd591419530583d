import type { EssRow } from "../store/rows.js";

/** A state that a search found, and its distance as a 32-bit float. */
export interface Match {
  readonly score: number;
  readonly ess: EssRow;
}
