import type { Page, PageRows } from "../../port/store.js";
import type { Connection, SqlRow, SqlValue, Statement } from "../database/connection.js";

export interface PageSelect {
  /** What is selected of each row; its first column is the key. */
  readonly columns: string;
  /** An SQL expression for about the bytes of a row; where there is none, its rows are short. */
  readonly bytes?: string;
  readonly short?: ShortSelect;
}

/** What is selected of rows that are short, where each row shows whether it is. */
interface ShortSelect {
  /** The same columns, of what is in the row alone. */
  readonly columns: string;
  /** Whether that is all of the row. */
  readonly isShort: (row: SqlRow) => boolean;
  /** No row that is short has more bytes. */
  readonly maxBytes: number;
}

/** The bytes of columns that may be long, none of which is read for it. */
export function bytesOfColumns(...columns: readonly string[]): string {
  return columns.map((column) => `coalesce(octet_length(${column}), 0)`).join(" + ");
}

/** A keyset query in both directions. `after` compares the key with the last but one parameter. */
export class PageQuery {
  readonly #ascending: SizedStatement;
  readonly #descending: SizedStatement;

  /**
   * @param sql the query for one direction: it must select what it is given, compare its key by `comparison` with
   * the last parameter but one, order by it in `direction`, and take the last parameter as its limit.
   */
  constructor(
    connection: Connection,
    select: PageSelect,
    sql: (select: string, comparison: ">" | "<", direction: "ASC" | "DESC") => string,
  ) {
    this.#ascending = new SizedStatement(connection, select, (what) => sql(what, ">", "ASC"));
    this.#descending = new SizedStatement(connection, select, (what) => sql(what, "<", "DESC"));
  }

  /** Ids count from 1, so that 0 comes before all of them. */
  rows(keys: readonly SqlValue[], page: Page): PageRows<SqlRow> {
    const { order, after } = page;
    return order === "asc"
      ? this.#ascending.rows([...keys, after ?? 0], page)
      : this.#descending.rows([...keys, after ?? Number.MAX_SAFE_INTEGER], page);
  }
}

/** A query whose last parameter is its limit, and which can be asked for the bytes of its rows beforehand. */
export class SizedStatement {
  readonly #rows: Statement;
  readonly #size: Statement | undefined;
  readonly #sizes: Statement | undefined;
  readonly #short: (Omit<ShortSelect, "columns"> & { readonly rows: Statement }) | undefined;

  constructor(connection: Connection, { columns, bytes, short }: PageSelect, sql: (select: string) => string) {
    this.#rows = connection.prepare(sql(columns));
    if (bytes !== undefined) {
      this.#size = connection.prepare(`SELECT total(bytes) FROM (${sql(`${bytes} AS bytes`)})`);
      this.#sizes = connection.prepare(sql(bytes));
    }
    this.#short = short && { ...short, rows: connection.prepare(sql(short.columns)) };
  }

  /** The rows up to the one that brings them to `maxBytes`: one at least, where there is one. */
  rows(
    parameters: readonly SqlValue[],
    { limit, maxBytes }: { readonly limit: number; readonly maxBytes?: number | undefined },
  ): PageRows<SqlRow> {
    if (limit <= 1 || maxBytes === undefined) return this.#rows.all([...parameters, limit]);
    const short = this.#shortRows(parameters, limit, maxBytes);
    if (short !== undefined) return short;
    const count = this.#countWithin(parameters, limit, maxBytes);
    const rows: PageRows<SqlRow> = this.#rows.all([...parameters, count]);
    if (count < limit && rows.length === count) rows.next = rows.at(-1)?.[0] as number;
    return rows;
  }

  /** The rows where all are short: they are read once, and their bytes need not be looked at. */
  #shortRows(parameters: readonly SqlValue[], limit: number, maxBytes: number): SqlRow[] | undefined {
    if (this.#short === undefined || limit * this.#short.maxBytes >= maxBytes) return undefined;
    const rows = this.#short.rows.all([...parameters, limit]);
    return rows.every(this.#short.isShort) ? rows : undefined;
  }

  /** One sum shows that most pages are short, at a fraction of the cost of returning the size of each row. */
  #countWithin(parameters: readonly SqlValue[], limit: number, maxBytes: number): number {
    const size = this.#size?.get([...parameters, limit])?.[0] as number | undefined;
    if (size === undefined || size < maxBytes) return limit;
    const sizes = this.#sizes?.all([...parameters, limit]) ?? [];
    let bytes = 0;
    for (let index = 0; index < sizes.length; index++) {
      bytes += (sizes[index] as SqlRow)[0] as number;
      if (bytes >= maxBytes) return index + 1;
    }
    return limit;
  }
}

/** The same page with each row made into another, where that leaves none out. */
export function mapRows<From, To, Key>(rows: PageRows<From, Key>, toRow: (row: From) => To): PageRows<To, Key> {
  const mapped: PageRows<To, Key> = rows.map((row) => toRow(row));
  if (rows.next !== undefined) mapped.next = rows.next;
  return mapped;
}
