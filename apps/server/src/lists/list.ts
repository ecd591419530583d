import { mapBatches, BatchFiller, type RowBatches } from "./row-batches.js";
import { readRows } from "./row-reads.js";
import type { Order, Page, PageRows } from "../store/port/store.js";

/** Orders the rows of a list and is different for any two: an id, or an instant and an id. */
export type Key = number | string | readonly [number, number];

/** A list that can be sent whole, or a page at a time. */
export interface List<Item> {
  /** Its order unless the caller asks for another. */
  readonly order: Order;
  /** The revision of the module that all of it belongs to; undefined where no single one covers every change. */
  readonly revision: number | undefined;
  /** All of it in its own order, as it is walked. */
  all(): RowBatches<Item>;
  /**
   * One page, and the key to begin the next one after; undefined where nothing is left. It holds fewer rows
   * than its limit where they are long, but always one where there is one.
   */
  page(page: Page<Key>): Promise<ListPage<Item>>;
}

interface ListPage<Item> {
  /** The rows of the page, in parts that are sent one after the other. */
  readonly parts: RowBatches<Item>;
  readonly next: Key | undefined;
}

/**
 * The maximum length of a page that a caller asks for, in characters of its text: some 800 states of a thousand
 * numbers. Its rows are in memory together, as its `Link` header is sent before them.
 */
const maxPageWeight = 2 ** 23;

/**
 * The maximum length of a part of such a page, in characters. A page of one part is sent at once, with its length
 * in front. Longer ones are cut, as writing them would block the event loop for more than some hundredths of a second.
 */
const maxPartWeight = 2 ** 19;

interface ListSource<Row, K extends Key> {
  readonly order: Order;
  /** Read before any row is: what changes in between is sent under the older one. */
  readonly revision?: number | undefined;
  /** Reads one page from the store. */
  readonly read: (page: Page<K>) => Promise<PageRows<Row, K>>;
  /** The key that `after` of the next page compares with. */
  readonly keyOf: (row: Row) => K;
}

/** A list over a keyset query of the store. */
export function createList<Row extends object, K extends Key>(source: ListSource<Row, K>): List<Row> {
  return {
    order: source.order,
    revision: source.revision,
    all: () => walk(source),
    // The key of a cursor has the type of this list's own: http/cursor.ts lets no cursor of another list through.
    page: (page) => readPage(source, page as Page<K>),
  };
}

/** A list of rows by their id, of a module at this revision where one is given. */
export function listById<Row extends { readonly id: number }>(
  order: Order,
  read: (page: Page) => Promise<PageRows<Row>>,
  revision?: number,
): List<Row> {
  return createList<Row, number>({ order, revision, read, keyOf: (row) => row.id });
}

/** The same list with each row converted. */
export function mapList<Row, Item>(list: List<Row>, toItem: (row: Row) => Item | Promise<Item>): List<Item> {
  return {
    ...list,
    all: () => mapBatches(list.all(), toItem),
    page: async (page) => {
      const { parts, next } = await list.page(page);
      return { parts: mapBatches(parts, toItem), next };
    },
  };
}

/**
 * Walks a list to its end. In ascending order it ends at the row that was last when the walk began, so
 * it ends however fast rows are added.
 */
async function* walk<Row extends object, K extends Key>(source: ListSource<Row, K>): RowBatches<Row> {
  const { order, keyOf } = source;
  const newest = order === "asc" ? await readNewest(source) : undefined;
  if (order === "asc" && newest === undefined) return;
  const end = newest === undefined ? undefined : keyOf(newest);
  const isWithin = (row: Row): boolean => end === undefined || compareKeys(keyOf(row), end) <= 0;
  const filler = new BatchFiller<Row>();
  for await (const { rows, weights } of readRows(source, { order })) {
    const last = rows.at(-1);
    const goesOn = last === undefined || isWithin(last);
    const within = goesOn ? rows : rows.filter(isWithin);
    for (let index = 0; index < within.length; index++) {
      const batch = filler.add(within[index] as Row, weights[index] as number);
      if (batch !== undefined) yield batch;
    }
    if (!goesOn) break;
  }
  yield* filler.rest();
}

async function readNewest<Row extends object, K extends Key>(source: ListSource<Row, K>): Promise<Row | undefined> {
  for await (const { rows } of readRows(source, { order: "desc", count: 1 })) if (rows.length > 0) return rows[0];
  return undefined;
}

/** Reads one row beyond the page, which shows whether another page follows. */
async function readPage<Row extends object, K extends Key>(
  source: ListSource<Row, K>,
  { order, limit, after }: Page<K>,
): Promise<ListPage<Row>> {
  const parts: (readonly Row[])[] = [];
  const filler = new BatchFiller<Row>(maxPartWeight);
  let last: Row | undefined;
  let count = 0;
  let weight = 0;
  const end = (next: Key | undefined): ListPage<Row> => ({ parts: inTurn([...parts, ...filler.rest()]), next });
  for await (const { rows, weights } of readRows(source, {
    order,
    count: limit + 1,
    ...(after !== undefined && { after }),
  })) {
    for (const [index, row] of rows.entries()) {
      if (last !== undefined && (count === limit || weight >= maxPageWeight)) return end(source.keyOf(last));
      last = row;
      count += 1;
      weight += weights[index] as number;
      const part = filler.add(row, weights[index] as number);
      if (part !== undefined) parts.push(part);
    }
  }
  return end(undefined);
}

async function* inTurn<Item>(parts: readonly (readonly Item[])[]): RowBatches<Item> {
  yield* parts;
}

/** Below 0 where `a` comes first in ascending order: numbers by size, texts by their UTF-8 bytes, pairs part by part. */
export function compareKeys<K extends Key>(a: K, b: K): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  const [a0, a1] = a as readonly [number, number];
  const [b0, b1] = b as readonly [number, number];
  return a0 - b0 || a1 - b1;
}
