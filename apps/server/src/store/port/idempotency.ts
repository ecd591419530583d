import type { Micros } from "../../clock.js";
import type { IdempotencyRow, RowReference } from "./rows.js";

/** What can be read of replies kept under keys of calls. */
export interface IdempotencyReads {
  /** The reply kept under a caller's key, however old. */
  idempotency(userId: string, route: string, key: string): Promise<IdempotencyRow | undefined>;
}

/** What can be written of replies kept under keys of calls. */
export interface IdempotencyWrites {
  /**
   * Keeps a reply, unless one is kept since `since` under the same user, route and key; an older one gives
   * way. Returns whether it did.
   */
  putIdempotency(row: IdempotencyRow, since: Micros): Promise<boolean>;
  /**
   * Deletes at most `limit` of the replies kept before this instant, the oldest first, and fewer where they are long;
   * one at least, where there is one. Returns how many.
   */
  deleteIdempotency(before: Micros, limit: number): Promise<number>;
  /**
   * Deletes the kept replies of a row that this transaction has deleted, whosever they are, so that the same call
   * makes a row again. A reply of several rows goes with the last of them. Returns how many were deleted.
   */
  forgetReplies(row: RowReference): Promise<number>;
}
