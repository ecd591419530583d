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
 * @param toItem Turns a row into what the caller is told.
 */
export async function* walk<Row, Item>(
  order: Order,
  read: (page: Page) => Promise<readonly Row[]>,
  keyOf: (row: Row) => number,
  toItem: (row: Row) => Item,
): Pages<Item> {
  const [newest] = await read({ order: "desc", limit: 1 });
  if (newest === undefined) return;
  const end = keyOf(newest);
  let page: Page = { order, limit: pageSize, ...(order === "desc" && { after: end + 1 }) };
  for (;;) {
    const rows = await read(page);
    const last = rows.at(-1);
    if (last === undefined) return;
    const within = order === "asc" ? rows.filter((row) => keyOf(row) <= end) : rows;
    yield within.map(toItem);
    if (rows.length < page.limit || within.length < rows.length) return;
    page = { ...page, after: keyOf(last) };
  }
}
