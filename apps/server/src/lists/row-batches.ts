/** A list read in batches, so that memory use does not grow with its length. */
export type RowBatches<Item> = AsyncIterable<readonly Item[]>;

/** The same batches with each row converted. Long rows may take several turns of the event loop. */
export async function* mapBatches<Row, Item>(
  batches: RowBatches<Row>,
  toItem: (row: Row) => Item | Promise<Item>,
): AsyncGenerator<readonly Item[]> {
  for await (const batch of batches) {
    const items: Item[] = [];
    for (const row of batch) {
      const item = toItem(row);
      items.push(item instanceof Promise ? await item : item);
    }
    yield items;
  }
}

/**
 * The length at which a batch is full, in characters of its JSON text: enough to spread the cost of writing it.
 * V8 keeps texts of 128 KiB and more among its large objects, which it collects late: batches of such texts
 * take twice the memory and more time.
 */
const batchWeight = 2 ** 16;

/** Gathers rows until their weights add up to a batch. */
export class BatchFiller<Row> {
  readonly #maxWeight: number;
  #rows: Row[] = [];
  #weight = 0;

  /** @param maxWeight The weight that makes a batch full. */
  constructor(maxWeight = batchWeight) {
    this.#maxWeight = maxWeight;
  }

  /** Adds a row of this weight; returns the batch that it makes full. */
  add(row: Row, weight: number): readonly Row[] | undefined {
    this.#rows.push(row);
    this.#weight += weight;
    return this.#weight < this.#maxWeight ? undefined : this.#take();
  }

  /** The rows of the batch that is not full yet: one batch, or none. */
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

/** About how many characters a number takes, with the comma after it. */
const perNumber = 10;

/** How many characters a key takes beside its name: two quotes, a colon and a comma. */
const perKey = 4;

/** About how many characters a row takes as JSON. It runs for each row of a list and must cost next to nothing. */
export function weighRow(row: object): number {
  let weight = perNumber;
  // Rows inherit no keys, and to list their own ones first would cost several times as much.
  for (const key in row) {
    weight += key.length + perKey;
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
