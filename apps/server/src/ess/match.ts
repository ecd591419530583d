import type { EssRow } from "../store/port/rows.js";

/** A state that a search found. */
export interface Match {
  /** Its distance, as `toScore` rounds it. */
  readonly score: number;
  readonly ess: EssRow;
}
