import type { Page } from "../store.js";
import type { Connection, SqlRow, SqlValue } from "./connection.js";

/** A keyset query in both directions. `after` compares the key with the last but one parameter. */
export class PageQuery {
  readonly #ascending;
  readonly #descending;

  /**
   * @param sql the query for one direction: it must compare its key by `comparison` with the last
   * parameter but one, order by it in `direction`, and take the last parameter as its limit.
   */
  constructor(connection: Connection, sql: (comparison: ">" | "<", direction: "ASC" | "DESC") => string) {
    this.#ascending = connection.prepare(sql(">", "ASC"));
    this.#descending = connection.prepare(sql("<", "DESC"));
  }

  /** Ids count from 1, so that 0 stands before all of them. */
  rows(keys: readonly SqlValue[], { order, limit, after }: Page): SqlRow[] {
    return order === "asc"
      ? this.#ascending.all([...keys, after ?? 0, limit])
      : this.#descending.all([...keys, after ?? Number.MAX_SAFE_INTEGER, limit]);
  }
}
