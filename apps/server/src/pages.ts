/** A list told page by page, so that memory stays flat however long it is. */
export type Pages<Item> = AsyncIterable<readonly Item[]>;

/** The same pages with each row told another way. */
export async function* mapPages<Row, Item>(pages: Pages<Row>, toItem: (row: Row) => Item): Pages<Item> {
  for await (const page of pages) yield page.map(toItem);
}

/** Rows in a page of a walk where they are short: enough to spread the cost of a query. */
const mostRows = 500;

/**
 * What a page may weigh, in characters of its text as it is told: half a million are told within some
 * hundredths of a second, in which nobody else has a turn.
 */
const pageWeight = 2 ** 19;

/** How many rows of about this weight make a page: 1 to 500. */
export function rowsPerPage(weight: number): number {
  return Math.min(mostRows, Math.max(1, Math.floor(pageWeight / weight)));
}

/** About how many characters a row takes as it is told. */
export function weighRow(row: unknown): number {
  const perNumber = 10;
  if (typeof row === "string") return row.length + 1;
  if (ArrayBuffer.isView(row)) return row.byteLength * (perNumber / Float32Array.BYTES_PER_ELEMENT);
  if (typeof row !== "object" || row === null) return perNumber;
  let weight = perNumber;
  for (const value of Object.values(row)) weight += weighRow(value);
  return weight;
}
