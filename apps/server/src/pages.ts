import type { Pages } from "./handler.js";
import type { Order, Page } from "./store/store.js";

/** Rows in a page: large enough to spread the cost of a query, small enough to keep memory flat. */
const pageSize = 500;

/**
 * Walks a keyset list to its end. A list ascending by id ends at the newest row that was there when
 * the walk began, so it ends however fast rows are added.
 *
 * @param read Reads one page from the store.
 * @param keyOf The key that `after` of the next page compares with.
 */
export async function* walk<Row>(
  order: Order,
  read: (page: Page) => Promise<readonly Row[]>,
  keyOf: (row: Row) => number,
): Pages<Row> {
  const [newest] = await read({ order: "desc", limit: 1 });
  if (newest === undefined) return;
  const end = keyOf(newest);
  let page: Page = { order, limit: pageSize, ...(order === "desc" && { after: end + 1 }) };
  for (;;) {
    const rows = await read(page);
    const last = rows.at(-1);
    if (last === undefined) return;
    const within = order === "asc" ? rows.filter((row) => keyOf(row) <= end) : rows;
    yield within;
    if (rows.length < page.limit || within.length < rows.length) return;
    page = { ...page, after: keyOf(last) };
  }
}

/** The same pages with each row told another way. */
export async function* mapPages<Row, Item>(pages: Pages<Row>, toItem: (row: Row) => Item): Pages<Item> {
  for await (const page of pages) yield page.map(toItem);
}
