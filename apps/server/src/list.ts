import { mapPages, type Pages, rowsPerPage, weighRow } from "./pages.js";
import type { Order, Page } from "./store/store.js";

/** Orders the rows of a list and is different for any two: an id, or an instant and an id. */
export type Key = number | string | readonly [number, number];

/** A list that can be told whole, or a page at a time. */
export interface List<Item> {
  /** Its order unless the caller asks for another. */
  readonly order: Order;
  /** The revision of the module that all of it belongs to; undefined where no single one tells of every change. */
  readonly revision: number | undefined;
  /** All of it in its own order, as it is walked. */
  all(): Pages<Item>;
  /** One page, and the key to begin the next one after; undefined where nothing is left. */
  page(page: Page<Key>): Promise<{ readonly items: readonly Item[]; readonly next: Key | undefined }>;
}

interface ListSource<Row, K extends Key> {
  readonly order: Order;
  /** Read before any row is: what changes in between is told under the older one. */
  readonly revision?: number | undefined;
  /** Reads one page from the store. */
  readonly read: (page: Page<K>) => Promise<readonly Row[]>;
  /** The key that `after` of the next page compares with. */
  readonly keyOf: (row: Row) => K;
}

/** A list over a keyset query of the store. */
export function createList<Row, K extends Key>(source: ListSource<Row, K>): List<Row> {
  return {
    order: source.order,
    revision: source.revision,
    all: () => walk(source),
    page: async ({ limit, ...page }) => {
      // One row more than asked for tells whether another page follows. The key of a cursor has the type
      // of this list's own: http/cursor.ts lets no cursor of another list through.
      const rows = await source.read({ ...(page as Page<K>), limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return { items, next: rows.length > limit && last !== undefined ? source.keyOf(last) : undefined };
    },
  };
}

/** A list of rows by their id, of a module at this revision where one is given. */
export function listById<Row extends { readonly id: number }>(
  order: Order,
  read: (page: Page) => Promise<readonly Row[]>,
  revision?: number,
): List<Row> {
  return createList<Row, number>({ order, revision, read, keyOf: (row) => row.id });
}

/** The same list with each row told another way. */
export function mapList<Row, Item>(list: List<Row>, toItem: (row: Row) => Item): List<Item> {
  return {
    ...list,
    all: () => mapPages(list.all(), toItem),
    page: async (page) => {
      const { items, next } = await list.page(page);
      return { items: items.map((row) => toItem(row)), next };
    },
  };
}

/**
 * Walks a list to its end. In ascending order it ends at the row that was last when the walk began, so
 * it ends however fast rows are added. Long rows are read fewer at a time, so that memory stays flat and
 * others have their turn: the newest row tells how many are first, and the last of each page the next.
 */
async function* walk<Row, K extends Key>({ order, read, keyOf }: ListSource<Row, K>): Pages<Row> {
  const [newest] = await read({ order: "desc", limit: 1 });
  if (newest === undefined) return;
  const end = order === "asc" ? keyOf(newest) : undefined;
  const isWithin = (row: Row): boolean => end === undefined || compareKeys(keyOf(row), end) <= 0;
  let page: Page<K> = { order, limit: rowsPerPage(weighRow(newest)) };
  for (;;) {
    const rows = await read(page);
    const last = rows.at(-1);
    if (last === undefined) return;
    const goesOn = isWithin(last);
    yield goesOn ? rows : rows.filter(isWithin);
    if (!goesOn || rows.length < page.limit) return;
    page = { order, limit: Math.min(2 * page.limit, rowsPerPage(weighRow(last))), after: keyOf(last) };
  }
}

/** Below 0 where `a` comes first in ascending order: numbers by size, texts by their UTF-8 bytes, pairs part by part. */
export function compareKeys<K extends Key>(a: K, b: K): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  const [a0, a1] = a as readonly [number, number];
  const [b0, b1] = b as readonly [number, number];
  return a0 - b0 || a1 - b1;
}
