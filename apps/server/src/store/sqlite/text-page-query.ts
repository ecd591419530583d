import type { Page } from "../store.js";
import type { Connection, SqlRow } from "./connection.js";

/** A keyset query by a column of texts, in both directions, in the order of their UTF-8 bytes. */
export class TextPageQuery {
  readonly #statements;

  /** @param select What is selected from where, without conditions. */
  constructor(connection: Connection, select: string, column: string) {
    const pages = (comparison: ">" | "<", direction: "ASC" | "DESC") => ({
      first: connection.prepare(`${select} ORDER BY ${column} ${direction} LIMIT ?`),
      next: connection.prepare(`${select} WHERE ${column} ${comparison} ? ORDER BY ${column} ${direction} LIMIT ?`),
    });
    this.#statements = { asc: pages(">", "ASC"), desc: pages("<", "DESC") };
  }

  rows({ order, limit, after }: Page<string>): SqlRow[] {
    const { first, next } = this.#statements[order];
    return after === undefined ? first.all([limit]) : next.all([after, limit]);
  }
}
