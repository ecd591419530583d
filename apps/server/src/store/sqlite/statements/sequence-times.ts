import type { SequenceRow } from "../../port/rows.js";
import type { Page, PageRows, SequenceFilter, TimeKey } from "../../port/store.js";
import type { Connection, SqlRow, SqlValue } from "../database/connection.js";
import { type PageSelect, SizedStatement } from "./page-query.js";

/** Reads a page of the entries of a time, in the order of the index that finds them. */
export type EntriesByTime = (
  moduleId: string,
  filter: SequenceFilter,
  page: Page<TimeKey>,
) => PageRows<SequenceRow, TimeKey>;

interface EntrySource {
  readonly select: PageSelect;
  /** The table, its index by time and the condition of that index. */
  readonly source: string;
  readonly toRow: (moduleId: string, row: SqlRow) => SequenceRow;
}

/**
 * How many entries of a time are looked at for a status before the page ends: no index has both, and few of
 * them may have it. It takes about a millisecond.
 */
const maxScanned = 1024;

export function entriesByTime(connection: Connection, { select, source, toRow }: EntrySource): EntriesByTime {
  const sql = (what: string, start: string, end: string, direction: string) =>
    `SELECT ${what} FROM ${source} AND module_id = ? AND (created_at, id) ${start} (?, ?) AND created_at ${end} ?
     ORDER BY created_at ${direction}, id ${direction} LIMIT ?`;
  const both = (start: string, end: string, direction: string) => ({
    rows: new SizedStatement(connection, select, (what) => sql(what, start, end, direction)),
    keys: connection.prepare(sql("created_at, id, status", start, end, direction)),
  });
  const statements = { asc: both(">", "<", "ASC"), desc: both("<", ">=", "DESC") };
  const one = connection.prepare(`SELECT ${select.columns} FROM sequence WHERE module_id = ? AND id = ?`);

  return (moduleId, { from, to, status }, page) => {
    const { order, after } = page;
    const { rows, keys } = statements[order];
    // No row has the id 0: with an instant it comes before all entries of that instant.
    const [first, last] = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
    const start: TimeKey = after ?? [order === "asc" ? first : last, 0];
    const end = order === "asc" ? last : first;
    if (status === undefined) {
      const found = rows.rows([moduleId, ...start, end], page);
      const entries: PageRows<SequenceRow, TimeKey> = found.map((row) => toRow(moduleId, row));
      if (found.next !== undefined) entries.next = keyOf(entries.at(-1) as SequenceRow);
      return entries;
    }
    const scan = (from: TimeKey): SqlRow[] => keys.all([moduleId, ...from, end, maxScanned]);
    const read = (id: SqlValue): SequenceRow => toRow(moduleId, one.get([moduleId, id]) as SqlRow);
    return withStatus(status, { scan, read, start }, page);
  };
}

interface StatusScan {
  /** The times, ids and statuses of entries after a key. */
  readonly scan: (from: TimeKey) => SqlRow[];
  readonly read: (id: SqlValue) => SequenceRow;
  readonly start: TimeKey;
}

/** The entries with a status: of as many as one scan looks at, where the page may end before its limit. */
function withStatus(
  wanted: string,
  { scan, read, start }: StatusScan,
  { limit, maxBytes }: Page<TimeKey>,
): PageRows<SequenceRow, TimeKey> {
  const entries: PageRows<SequenceRow, TimeKey> = [];
  let bytes = 0;
  for (let after = start; ;) {
    const keys = scan(after);
    for (const [at, id, status] of keys) {
      after = [at as number, id as number];
      if (status !== wanted) continue;
      const entry = read(id as number);
      entries.push(entry);
      bytes += entry.context?.length ?? 0;
      if (entries.length === limit) return entries;
      if (maxBytes === undefined || bytes < maxBytes) continue;
      entries.next = after;
      return entries;
    }
    if (keys.length < maxScanned) return entries;
    if (maxBytes === undefined) continue;
    entries.next = after;
    return entries;
  }
}

function keyOf({ created_at, id }: SequenceRow): TimeKey {
  return [created_at, id];
}
