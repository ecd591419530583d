import { createHash, type Hash } from "node:crypto";
import type { Connection, SqlRow, SqlValue } from "../database/connection.js";
import { type OnProgress, RowProgress } from "../database/progress.js";

/** What a database holds, in a form that can be compared. */
export interface ContentDigest {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** How many rows went into it, by table. */
  readonly rows: ReadonlyMap<string, number>;
}

/** Tables that change by themselves: who is logged in, replies that are kept for a while, and the time. */
const passingTables = new Set(["clock", "session", "idempotency"]);

/** Tables that follow from others. */
const derivedTables = new Set(["predicted_run"]);

/** Columns that change by themselves: the use of a key, and by which rules an index was made. */
const passingColumns = new Set(["api_key.last_used_at", "collection.index_rules"]);

/**
 * SHA-256 over every row of every table, by the names of tables and columns and in the order of keys, so
 * that it says nothing of how they lie in the file. What changes by itself and what follows from the
 * rest, such as indexes, does not count. Tables of later versions count without being named here.
 */
export function contentDigest(connection: Connection, onProgress: OnProgress): ContentDigest {
  const hash = createHash("sha256");
  const rows = new Map<string, number>();
  const tables = tablesOf(connection);
  const total = tables.reduce((sum, table) => sum + Number(connection.value(`SELECT count(*) FROM "${table}"`)), 0);
  const progress = new RowProgress("reading rows", total, onProgress);
  for (const table of tables) rows.set(table, digestTable(connection, table, hash, progress));
  return { digest: `sha256:${hash.digest("hex")}`, rows };
}

/** Ordinary tables alone: virtual ones, and the shadows that they keep their indexes in, follow from the rest. */
function tablesOf(connection: Connection): string[] {
  const list = connection.prepare(
    `SELECT name FROM pragma_table_list
     WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  );
  return list
    .all([])
    .map(([name]) => String(name))
    .filter((name) => !passingTables.has(name) && !derivedTables.has(name));
}

function digestTable(connection: Connection, table: string, hash: Hash, progress: RowProgress): number {
  const info = connection.prepare("SELECT name, pk FROM pragma_table_info(?) ORDER BY name");
  const columns = info.all([table]).map(([name, key]) => ({ name: String(name), key: Number(key) }));
  const names = columns.map(({ name }) => name).filter((name) => !passingColumns.has(`${table}.${name}`));
  const keys = columns.filter(({ key }) => key > 0).toSorted((a, b) => a.key - b.key);
  const quoted = (list: readonly string[]) => list.map((name) => `"${name}"`).join(", ");
  const statement = connection.prepare(
    `SELECT ${quoted(names)} FROM "${table}" ORDER BY ${quoted(keys.map(({ name }) => name))}`,
  );
  const encoder = new RowEncoder(hash);
  encoder.write([table, ...names]);
  let count = 0;
  for (const row of statement.iterate()) {
    encoder.write(row);
    progress.pass();
    count += 1;
  }
  encoder.flush();
  return count;
}

const tags = { end: 0, null: 1, number: 2, text: 3, bytes: 4 } as const;
const blockBytes = 65_536;

/** Hands rows to a hash, so written that no two different lists of rows come out the same. */
class RowEncoder {
  readonly #hash: Hash;
  readonly #block = Buffer.allocUnsafe(blockBytes);
  #length = 0;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  write(row: SqlRow): void {
    for (const value of row) this.#value(value);
    this.#reserve(1);
    this.#length = this.#block.writeUInt8(tags.end, this.#length);
  }

  flush(): void {
    this.#hash.update(this.#block.subarray(0, this.#length));
    this.#length = 0;
  }

  #value(value: SqlValue): void {
    if (value === null) {
      this.#reserve(1);
      this.#length = this.#block.writeUInt8(tags.null, this.#length);
    } else if (typeof value === "number") {
      this.#reserve(9);
      this.#length = this.#block.writeUInt8(tags.number, this.#length);
      this.#length = this.#block.writeDoubleLE(value, this.#length);
    } else if (typeof value === "string") {
      this.#bytes(tags.text, Buffer.from(value));
    } else {
      this.#bytes(tags.bytes, value);
    }
  }

  #bytes(tag: number, bytes: Uint8Array): void {
    this.#reserve(5);
    this.#length = this.#block.writeUInt8(tag, this.#length);
    this.#length = this.#block.writeUInt32LE(bytes.length, this.#length);
    if (bytes.length > blockBytes - this.#length) this.flush();
    if (bytes.length > blockBytes) {
      this.#hash.update(bytes);
      return;
    }
    this.#block.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(bytes: number): void {
    if (bytes > blockBytes - this.#length) this.flush();
  }
}
