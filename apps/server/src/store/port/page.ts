/** The direction of a walk along ids. */
export type Order = "asc" | "desc";

/** A keyset page: at most `limit` rows whose key, their id where nothing else is said, comes after `after`. */
export interface Page<Key = number> {
  readonly order: Order;
  readonly limit: number;
  /** Exclusive; absent for the first page. */
  readonly after?: Key;
  /** Whether the rows are read in passing, as a part of many: none of them is likely to be read again soon. */
  readonly passing?: boolean;
  /**
   * Ends the page with the row that brings it to about so many bytes; it holds one at least, where there is one.
   * Without it a page holds all of its rows, however long they are.
   */
  readonly maxBytes?: number;
}

/** The rows of a page. */
export interface PageRows<Row, Key = number> extends Array<Row> {
  /**
   * Set where the page ended before its limit and more rows may follow: the key to go on after. It may come
   * after the last row, and the page may be empty.
   */
  next?: Key;
}
