/** A list told page by page, so that memory stays flat however long it is. */
export type Pages<Item> = AsyncIterable<readonly Item[]>;

/** The same pages with each row told another way. */
export async function* mapPages<Row, Item>(pages: Pages<Row>, toItem: (row: Row) => Item): Pages<Item> {
  for await (const page of pages) yield page.map(toItem);
}

/** Rows in a page where they are short: enough to spread the cost of telling them. */
const mostRows = 1000;

/**
 * What a page may weigh, in characters of its text as it is told: half a million are told within some
 * hundredths of a second, in which nobody else has a turn.
 */
const pageWeight = 2 ** 19;

/** Gathers rows until they make a page: 1000 of them, or fewer where they weigh enough. */
export class PageFiller<Row> {
  #rows: Row[] = [];
  #weight = 0;

  /** Adds a row of this weight; answers the page that it makes full. */
  add(row: Row, weight: number): readonly Row[] | undefined {
    this.#rows.push(row);
    this.#weight += weight;
    return this.#rows.length < mostRows && this.#weight < pageWeight ? undefined : this.#take();
  }

  /** The rows that still wait for others: one page, or none. */
  rest(): (readonly Row[])[] {
    return this.#rows.length === 0 ? [] : [this.#take()];
  }

  #take(): readonly Row[] {
    const rows = this.#rows;
    this.#rows = [];
    this.#weight = 0;
    return rows;
  }
}

const perNumber = 10;

/** About how many characters a row takes as it is told. Each row of a list is weighed: it must cost next to nothing. */
export function weighRow(row: object): number {
  let weight = perNumber;
  // Rows inherit no keys, and to list their own ones first would cost several times as much.
  for (const key in row) {
    const value = (row as Readonly<Record<string, unknown>>)[key];
    if (typeof value === "string") weight += value.length + 1;
    else weight += typeof value === "object" && value !== null ? weighObject(value) : perNumber;
  }
  return weight;
}

function weighObject(value: object): number {
  if (value instanceof Float32Array) return value.length * perNumber;
  if (!Array.isArray(value)) return weighRow(value);
  let weight = perNumber;
  for (const entry of value) weight += typeof entry === "string" ? entry.length + 1 : perNumber;
  return weight;
}
