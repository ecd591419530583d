import type { SequenceRow } from "../rows.js";
import type { Order, Page, SequenceFilter, SequenceSelection, TimeKey } from "../store.js";
import type { Connection, SqlRow, SqlValue } from "./connection.js";
import { PageQuery } from "./page-query.js";

/** In the order of `toSequenceRow`. */
export const sequenceColumns = "id, instance_id, status, context, created_at, updated_at, revision, predicted";

export function toSequenceRow(moduleId: string, row: SqlRow): SequenceRow {
  const [id, instance_id, status, context, created_at, updated_at, revision, predicted] = row as [
    number,
    number,
    string,
    string | null,
    number,
    number,
    number,
    number,
  ];
  return {
    id,
    module_id: moduleId,
    instance_id,
    status,
    context,
    created_at,
    updated_at,
    revision,
    predicted: predicted === 1,
  };
}

/** Pages of a module's entries. */
export interface SequencePages {
  byId(moduleId: string, page: Page, selection: SequenceSelection): SequenceRow[];
  byTime(moduleId: string, filter: SequenceFilter, page: Page<TimeKey>): SequenceRow[];
}

/**
 * Observations and predictions each have their indexes, and the statements name them: what is read of the
 * ones never walks over the others. Both together are read from both indexes and merged, but for those by
 * id, which stand in the order of the table.
 */
export function sequencePages(connection: Connection): SequencePages {
  const all = new PageQuery(
    connection,
    (comparison, direction) =>
      `SELECT ${sequenceColumns} FROM sequence WHERE module_id = ? AND id ${comparison} ?
       ORDER BY id ${direction} LIMIT ?`,
  );
  const observed = entryQueries(connection, { prefix: "sequence", predicted: 0 });
  const predicted = entryQueries(connection, { prefix: "predicted", predicted: 1 });
  return {
    byId: (moduleId, page, { status, predicted: wanted = "include" }) => {
      const read = ({ byId, byStatus }: EntryQueries) =>
        status === undefined ? byId.rows([moduleId], page) : byStatus.rows([moduleId, status], page);
      const toRows = (rows: readonly SqlRow[]) => rows.map((row) => toSequenceRow(moduleId, row));
      if (wanted === "exclude") return toRows(read(observed));
      if (wanted === "only") return toRows(read(predicted));
      if (status === undefined) return toRows(all.rows([moduleId], page));
      return merge(toRows(read(observed)), toRows(read(predicted)), page, (a, b) => a.id - b.id);
    },
    byTime: (moduleId, filter, page) => {
      const toRows = ({ byTime }: EntryQueries) =>
        byTime(moduleId, filter, page).map((row) => toSequenceRow(moduleId, row));
      if (filter.predicted === "exclude") return toRows(observed);
      if (filter.predicted === "only") return toRows(predicted);
      return merge(toRows(observed), toRows(predicted), page, (a, b) => a.created_at - b.created_at || a.id - b.id);
    },
  };
}

interface EntryQueries {
  readonly byId: PageQuery;
  readonly byStatus: PageQuery;
  readonly byTime: (moduleId: string, filter: SequenceFilter, page: Page<TimeKey>) => SqlRow[];
}

/** The entries of one kind by its indexes, whose condition the statements must repeat word for word. */
interface EntryKind {
  readonly prefix: string;
  readonly predicted: 0 | 1;
}

function entryQueries(connection: Connection, { prefix, predicted }: EntryKind): EntryQueries {
  const source = (index: string) => `sequence INDEXED BY ${prefix}_by_${index} WHERE predicted = ${predicted}`;
  return {
    byId: new PageQuery(
      connection,
      (comparison, direction) =>
        `SELECT ${sequenceColumns} FROM ${source("id")} AND module_id = ? AND id ${comparison} ?
         ORDER BY id ${direction} LIMIT ?`,
    ),
    byStatus: new PageQuery(
      connection,
      (comparison, direction) =>
        `SELECT ${sequenceColumns} FROM ${source("status")} AND module_id = ? AND status = ? AND id ${comparison} ?
         ORDER BY id ${direction} LIMIT ?`,
    ),
    byTime: timeQuery(connection, source("time")),
  };
}

/** The entries of a time, in the order of the index that finds them. */
function timeQuery(connection: Connection, source: string): EntryQueries["byTime"] {
  const prepare = (start: string, end: string, direction: string, status: string) =>
    connection.prepare(
      `SELECT ${sequenceColumns} FROM ${source} AND module_id = ? AND (created_at, id) ${start} (?, ?)
       AND created_at ${end} ? ${status} ORDER BY created_at ${direction}, id ${direction} LIMIT ?`,
    );
  const both = (start: string, end: string, direction: string) => ({
    all: prepare(start, end, direction, ""),
    ofStatus: prepare(start, end, direction, "AND status = ?"),
  });
  const statements = { asc: both(">", "<", "ASC"), desc: both("<", ">=", "DESC") };
  return (moduleId, { from, to, status }, { order, limit, after }) => {
    // No row has the id 0: beside an instant it stands before all entries of that instant.
    const [first, last] = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
    const start = after ?? [order === "asc" ? first : last, 0];
    const keys: SqlValue[] = [moduleId, ...start, order === "asc" ? last : first];
    const { all, ofStatus } = statements[order];
    return status === undefined ? all.all([...keys, limit]) : ofStatus.all([...keys, status, limit]);
  };
}

/** One page of two lists in the same order, from the page of each. */
function merge<Row>(
  a: readonly Row[],
  b: readonly Row[],
  { order, limit }: { readonly order: Order; readonly limit: number },
  ascending: (a: Row, b: Row) => number,
): Row[] {
  if (a.length === 0 || b.length === 0) return [...a, ...b];
  const sign = order === "asc" ? 1 : -1;
  return [...a, ...b].toSorted((x, y) => sign * ascending(x, y)).slice(0, limit);
}
