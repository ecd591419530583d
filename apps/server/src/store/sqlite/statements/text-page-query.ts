import type { Page, PageRows } from "../../port/store.js";
import type { Connection, SqlRow } from "../database/connection.js";
import { SizedStatement } from "./page-query.js";

interface TextPageSelect {
  /** What is selected of each row; its first column is the key. */
  readonly columns: string;
  readonly from: string;
  /** An SQL expression for about the bytes of a row; where there is none, its rows are short. */
  readonly bytes?: string;
  /** The column that is the key. */
  readonly key: string;
}

/** A keyset query by a column of texts, in both directions, in the order of their UTF-8 bytes. */
export class TextPageQuery {
  readonly #statements;

  constructor(connection: Connection, { key, from, ...select }: TextPageSelect) {
    const pages = (comparison: ">" | "<", direction: "ASC" | "DESC") => {
      const sized = (condition: string) =>
        new SizedStatement(
          connection,
          select,
          (what) => `SELECT ${what} FROM ${from} ${condition} ORDER BY ${key} ${direction} LIMIT ?`,
        );
      return { first: sized(""), next: sized(`WHERE ${key} ${comparison} ?`) };
    };
    this.#statements = { asc: pages(">", "ASC"), desc: pages("<", "DESC") };
  }

  rows(page: Page<string>): PageRows<SqlRow, string> {
    const { order, after } = page;
    const { first, next } = this.#statements[order];
    const rows = after === undefined ? first.rows([], page) : next.rows([after], page);
    return rows as PageRows<SqlRow, unknown> as PageRows<SqlRow, string>;
  }
}
