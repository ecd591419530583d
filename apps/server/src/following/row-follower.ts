import type { Micros } from "../clock.js";
import type { RowReference } from "../store/port/rows.js";
import type { Transaction } from "../store/port/store.js";

/** Is called for changed rows of modules, in the transactions that change them. */
export interface RowFollower {
  /** A row was replaced; the transaction reads it as it is now. */
  changed(tx: Transaction, row: RowReference, at: Micros): Promise<void>;
  /** A row was deleted by a caller. */
  deleted(tx: Transaction, row: RowReference, at: Micros): Promise<void>;
}
