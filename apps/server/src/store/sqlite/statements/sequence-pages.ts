import type { SequenceRow } from "../../port/rows.js";
import type { Order, Page, PageRows, SequenceFilter, SequenceSelection, TimeKey } from "../../port/store.js";
import type { Connection, SqlRow, SqlValue } from "../database/connection.js";
import { contextBytes, contextOfEntry, shortContext } from "./long-contexts.js";
import { toTextOrNull } from "./long-text.js";
import { mapRows, PageQuery } from "./page-query.js";
import { type ObservationsById, observationsById } from "./predicted-runs.js";
import { type EntriesByTime, entriesByTime } from "./sequence-times.js";

/** Each column costs a tenth of what it takes to read an entry: so a predicted one shows in the sign of its revision. */
const columnsWith = (context: string): string =>
  `id, instance_id, status, ${context}, created_at, updated_at, iif(predicted, -revision, revision)`;

const contextAt = 3;

/** In the order of `toSequenceRow`. */
export const sequenceColumns = columnsWith(contextOfEntry);

export function toSequenceRow(moduleId: string, row: SqlRow): SequenceRow {
  const [id, instance_id, status, context, created_at, updated_at, signed] = row as [
    number,
    number,
    string,
    SqlValue,
    number,
    number,
    number,
  ];
  return {
    id,
    module_id: moduleId,
    instance_id,
    status,
    context: toTextOrNull(context),
    created_at,
    updated_at,
    revision: Math.abs(signed),
    predicted: signed < 0,
  };
}

const select = {
  columns: sequenceColumns,
  bytes: contextBytes,
  short: {
    columns: columnsWith(shortContext.column),
    isShort: (row: SqlRow) => shortContext.isWhole(row[contextAt]),
    maxBytes: shortContext.maxBytes,
  },
};

/** Pages of a module's entries. */
export interface SequencePages {
  byId(moduleId: string, page: Page, selection: SequenceSelection): PageRows<SequenceRow>;
  byTime(moduleId: string, filter: SequenceFilter, page: Page<TimeKey>): PageRows<SequenceRow, TimeKey>;
}

/**
 * Observations and predictions each have their indexes, and the statements name them: what is read of the
 * ones never walks over the others. Both together are read from both indexes and merged, but for those by
 * id, which are in the order of the table, as do observations by id, between the runs of predictions.
 */
export function sequencePages(connection: Connection): SequencePages {
  const all = new PageQuery(
    connection,
    select,
    (what, comparison, direction) =>
      `SELECT ${what} FROM sequence WHERE module_id = ? AND id ${comparison} ?
       ORDER BY id ${direction} LIMIT ?`,
  );
  const observed = { ...entryQueries(connection, "sequence", 0), byId: observationsById(connection, select) };
  const predicted = { ...entryQueries(connection, "predicted", 1), byId: predictionsById(connection) };
  return {
    byId: (moduleId, page, { status, predicted: wanted = "include" }) => {
      const read = ({ byId, byStatus }: EntryQueries) =>
        status === undefined ? byId(moduleId, page) : byStatus.rows([moduleId, status], page);
      const toRows = (rows: PageRows<SqlRow>) => mapRows(rows, (row) => toSequenceRow(moduleId, row));
      if (wanted === "exclude") return toRows(read(observed));
      if (wanted === "only") return toRows(read(predicted));
      if (status === undefined) return toRows(all.rows([moduleId], page));
      return merge(toRows(read(observed)), toRows(read(predicted)), page, byIds);
    },
    byTime: (moduleId, filter, page) => {
      if (filter.predicted === "exclude") return observed.byTime(moduleId, filter, page);
      if (filter.predicted === "only") return predicted.byTime(moduleId, filter, page);
      return merge(observed.byTime(moduleId, filter, page), predicted.byTime(moduleId, filter, page), page, byTimes);
    },
  };
}

interface EntryQueries {
  readonly byId: ObservationsById;
  readonly byStatus: PageQuery;
  readonly byTime: EntriesByTime;
}

const predictionsById = (connection: Connection): EntryQueries["byId"] => {
  const query = new PageQuery(
    connection,
    select,
    (what, comparison, direction) =>
      `SELECT ${what} FROM sequence INDEXED BY predicted_by_id WHERE predicted = 1 AND module_id = ?
       AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  return (moduleId, page) => query.rows([moduleId], page);
};

/** The entries of one kind by its indexes, whose condition the statements must repeat word for word. */
function entryQueries(connection: Connection, prefix: string, predicted: 0 | 1): Omit<EntryQueries, "byId"> {
  const source = (index: string) => `sequence INDEXED BY ${prefix}_by_${index} WHERE predicted = ${predicted}`;
  return {
    byStatus: new PageQuery(
      connection,
      select,
      (what, comparison, direction) =>
        `SELECT ${what} FROM ${source("status")} AND module_id = ? AND status = ? AND id ${comparison} ?
         ORDER BY id ${direction} LIMIT ?`,
    ),
    byTime: entriesByTime(connection, { select, source: source("time"), toRow: toSequenceRow }),
  };
}

/** What a list of entries is ordered by. */
interface EntryOrder<Key> {
  readonly keyOf: (row: SequenceRow) => Key;
  readonly ascending: (a: Key, b: Key) => number;
}

const byIds: EntryOrder<number> = { keyOf: ({ id }) => id, ascending: (a, b) => a - b };
const byTimes: EntryOrder<TimeKey> = {
  keyOf: ({ created_at, id }) => [created_at, id],
  ascending: ([at, id], [otherAt, otherId]) => at - otherAt || id - otherId,
};

/** One page of two lists in the same order, from the page of each. */
function merge<Key>(
  a: PageRows<SequenceRow, Key>,
  b: PageRows<SequenceRow, Key>,
  { order, limit }: { readonly order: Order; readonly limit: number },
  { keyOf, ascending }: EntryOrder<Key>,
): PageRows<SequenceRow, Key> {
  const sign = order === "asc" ? 1 : -1;
  const inOrder = (x: Key, y: Key): number => sign * ascending(x, y);
  // Behind the key that the one of them ended at, that one may have rows which are not here.
  const ends = [a.next, b.next].filter((next) => next !== undefined);
  const end = ends.toSorted(inOrder)[0];
  const rows = [...a, ...b]
    .filter((row) => end === undefined || inOrder(keyOf(row), end) <= 0)
    .toSorted((x, y) => inOrder(keyOf(x), keyOf(y)));
  const page: PageRows<SequenceRow, Key> = rows.slice(0, limit);
  if (end !== undefined && rows.length <= limit) page.next = end;
  return page;
}
