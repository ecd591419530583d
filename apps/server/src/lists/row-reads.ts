import { setImmediate } from "node:timers/promises";
import { weighRow } from "./row-batches.js";
import type { Order, Page, PageRows } from "../store/port/store.js";

/** Rows that were read together, and the weight of each of them. */
interface RowRead<Row> {
  readonly rows: readonly Row[];
  readonly weights: readonly number[];
}

interface RowSource<Row, Key> {
  readonly read: (page: Page<Key>) => Promise<PageRows<Row, Key>>;
  readonly keyOf: (row: Row) => Key;
}

interface RowRange<Key> {
  readonly order: Order;
  readonly after?: Key;
  /** How many rows to read; all by default. */
  readonly count?: number;
}

/** How many rows are read at once, and how many bytes of them: the store reads them without a turn for others. */
const maxRows = 64;
const maxBytes = 2 ** 19;

/**
 * How much of a list is read before the rest is read in passing, in characters of its text. Short lists, and the
 * beginnings of long ones, are read again and again.
 */
const keptWeight = 2 ** 17;

/** Reads rows along their key, a few at a time, and fewer where they are long. */
export async function* readRows<Row extends object, Key>(
  { read, keyOf }: RowSource<Row, Key>,
  { order, after: start, count = Number.POSITIVE_INFINITY }: RowRange<Key>,
): AsyncGenerator<RowRead<Row>> {
  let after = start;
  let left = count;
  let weight = 0;
  for (;;) {
    const limit = Math.min(maxRows, left);
    const passing = weight > keptWeight;
    const rows = await read({
      order,
      limit,
      maxBytes,
      ...(after !== undefined && { after }),
      ...(passing && { passing }),
    });
    const weights = rows.map(weighRow);
    for (const each of weights) weight += each;
    yield { rows, weights };
    left -= rows.length;
    const isEnd = rows.next === undefined && rows.length < limit;
    if (isEnd || left === 0) return;
    after = rows.next ?? keyOf(rows.at(-1) as Row);
    // Long rows were read, or many were scanned to find a few: others have their turn.
    if (rows.next !== undefined) await setImmediate();
  }
}
