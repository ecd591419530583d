/** A list told page by page, so that memory stays flat however long it is. */
export type Pages<Item> = AsyncIterable<readonly Item[]>;

/** The same pages with each row told another way. */
export async function* mapPages<Row, Item>(pages: Pages<Row>, toItem: (row: Row) => Item): Pages<Item> {
  for await (const page of pages) yield page.map(toItem);
}
