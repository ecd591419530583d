import { weighRow } from "./pages.js";
import type { Order, Page } from "./store/store.js";

/** Rows that were read together, and what each of them weighs. */
interface RowRead<Row> {
  readonly rows: readonly Row[];
  readonly weights: readonly number[];
}

interface RowSource<Row, Key> {
  readonly read: (page: Page<Key>) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => Key;
}

interface RowRange<Key> {
  readonly order: Order;
  readonly after?: Key;
  /** How many rows to read; all by default. */
  readonly count?: number;
}

/** Nothing is known of the first rows, and little of those that follow: how many are read at once. */
const firstRows = 8;
const mostRows = 64;

/** What the rows of one read should weigh, in characters of their text. */
const readWeight = 2 ** 19;

/**
 * What is read of a list before the rest is read in passing, in characters of its text. Short lists, and the
 * beginnings of long ones, are read again and again.
 */
const keptWeight = 2 ** 17;

/**
 * Reads rows along their key, a few at a time: fewer where the ones before were long, and never many, as
 * a run of short rows says nothing of the one behind it.
 */
export async function* readRows<Row extends object, Key>(
  { read, keyOf }: RowSource<Row, Key>,
  { order, after: start, count = Number.POSITIVE_INFINITY }: RowRange<Key>,
): AsyncGenerator<RowRead<Row>> {
  let after = start;
  let left = count;
  let most = firstRows;
  let weight = 0;
  for (;;) {
    const limit = Math.min(most, left);
    const passing = weight > keptWeight;
    const rows = await read({ order, limit, ...(after !== undefined && { after }), ...(passing && { passing }) });
    const weights = rows.map(weighRow);
    for (const each of weights) weight += each;
    yield { rows, weights };
    const last = rows.at(-1);
    left -= rows.length;
    if (last === undefined || rows.length < limit || left === 0) return;
    after = keyOf(last);
    most = Math.min(mostRows, 2 * most, Math.max(1, Math.floor(readWeight / Math.max(...weights))));
  }
}
