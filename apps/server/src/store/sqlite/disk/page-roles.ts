import { pageBytes } from "./layout.js";

/** What a page is for. */
export type PageRole =
  /** Part of a table or an index; SQLite fails to read it where its type is none. */
  | { readonly kind: "tree"; readonly table: string }
  /** A part of a long row, and the place of the page number that leads to it. */
  | {
      readonly kind: "overflow";
      readonly table: string;
      readonly pointer: { readonly page: number; readonly at: number };
    }
  /** A list of pages without use. */
  | { readonly kind: "free list" }
  /** Without use: what is in it does not matter. */
  | { readonly kind: "free" };

/** The schema of the database is in damaged pages, so that nothing is known of the others. */
export class SchemaDamagedError extends Error {
  override readonly name = "SchemaDamagedError";
}

/** A table or an index. */
interface Root {
  readonly page: number;
  readonly table: string;
}

// https://www.sqlite.org/fileformat2.html#b_tree_pages
const pageType = { interiorIndex: 2, interiorTable: 5, leafIndex: 10, leafTable: 13 } as const;
const databaseHeaderBytes = 100;

/**
 * Finds out what damaged pages are for, by walking all trees of a database from its schema.
 *
 * @param readPage Reads a page that is not damaged; undefined where there is none.
 * @returns The roles of those of the damaged pages that something leads to.
 * @throws SchemaDamagedError.
 */
export function findRoles(
  damaged: ReadonlySet<number>,
  readPage: (page: number) => Buffer | undefined,
): Map<number, PageRole> {
  const walk = new TreeWalk(damaged, readPage);
  const first = damaged.has(1) ? undefined : readPage(1);
  if (first === undefined) throw new SchemaDamagedError();
  const roots: Root[] = [];
  walk.tree({ page: 1, table: "sqlite_schema" }, (payload) => {
    const root = readSchemaRow(payload);
    if (root !== undefined) roots.push(root);
  });
  if (walk.roles.size > 0) throw new SchemaDamagedError();
  for (const root of roots) walk.tree(root);
  walk.freeList(first);
  return walk.roles;
}

class TreeWalk {
  readonly roles = new Map<number, PageRole>();
  readonly #damaged: ReadonlySet<number>;
  readonly #readPage: (page: number) => Buffer | undefined;
  readonly #seen = new Set<number>();

  constructor(damaged: ReadonlySet<number>, readPage: (page: number) => Buffer | undefined) {
    this.#damaged = damaged;
    this.#readPage = readPage;
  }

  tree(root: Root, onRow?: (payload: Buffer) => void): void {
    const { table } = root;
    const waiting = [root.page];
    for (let page; (page = waiting.pop()) !== undefined;) {
      if (this.#damaged.has(page)) this.roles.set(page, { kind: "tree", table });
      const bytes = this.#read(page);
      if (bytes === undefined) continue;
      for (const cell of cellsOf(bytes, page)) {
        if (cell.child !== undefined) waiting.push(cell.child);
        if (cell.payload !== undefined) onRow?.(cell.payload);
        if (cell.overflow !== undefined) this.#chain(table, bytes, { page, at: cell.overflow });
      }
    }
  }

  freeList(first: Buffer): void {
    for (let trunk = first.readUInt32BE(32); trunk !== 0;) {
      if (this.#damaged.has(trunk)) this.roles.set(trunk, { kind: "free list" });
      const bytes = this.#read(trunk);
      if (bytes === undefined) return;
      const count = Math.min(bytes.readUInt32BE(4), pageBytes / 4 - 2);
      for (let place = 0; place < count; place++) {
        const page = bytes.readUInt32BE(8 + 4 * place);
        if (this.#damaged.has(page)) this.roles.set(page, { kind: "free" });
      }
      trunk = bytes.readUInt32BE(0);
    }
  }

  #chain(table: string, from: Buffer, first: { readonly page: number; readonly at: number }): void {
    let bytes: Buffer | undefined = from;
    let pointer = first;
    for (;;) {
      const page: number = bytes.readUInt32BE(pointer.at);
      if (page === 0) return;
      if (this.#damaged.has(page)) this.roles.set(page, { kind: "overflow", table, pointer });
      bytes = this.#read(page);
      if (bytes === undefined) return;
      pointer = { page, at: 0 };
    }
  }

  /** Undefined where it is damaged, or was read before: a sound database leads to each page once. */
  #read(page: number): Buffer | undefined {
    if (this.#damaged.has(page) || this.#seen.has(page)) return undefined;
    this.#seen.add(page);
    return this.#readPage(page);
  }
}

interface Cell {
  readonly child?: number;
  /** The part of the row that is in the page itself. */
  readonly payload?: Buffer;
  /** The place of the number of the first overflow page; absent where there is none. */
  readonly overflow?: number;
}

function* cellsOf(bytes: Buffer, page: number): Generator<Cell> {
  const header = page === 1 ? databaseHeaderBytes : 0;
  const type = bytes[header] as number;
  const isInterior = type === pageType.interiorIndex || type === pageType.interiorTable;
  const isLeaf = type === pageType.leafIndex || type === pageType.leafTable;
  if (!isInterior && !isLeaf) return;
  if (isInterior) yield { child: bytes.readUInt32BE(header + 8) };
  const count = bytes.readUInt16BE(header + 3);
  const places = header + (isInterior ? 12 : 8);
  for (let number = 0; number < count; number++) {
    const at = bytes.readUInt16BE(places + 2 * number);
    const child = isInterior ? { child: bytes.readUInt32BE(at) } : undefined;
    if (type === pageType.interiorTable) yield child as Cell;
    else yield { ...child, ...payloadOf(bytes, isInterior ? at + 4 : at, type === pageType.leafTable) };
  }
}

/** How much of a row is in its page: https://www.sqlite.org/fileformat2.html#cell_payload_overflow_pages */
function payloadOf(bytes: Buffer, at: number, isTable: boolean): Cell {
  const [length, afterLength] = readVarint(bytes, at);
  const start = isTable ? readVarint(bytes, afterLength)[1] : afterLength;
  const maxLocal = isTable ? pageBytes - 35 : Math.floor(((pageBytes - 12) * 64) / 255) - 23;
  if (length <= maxLocal) return { payload: bytes.subarray(start, start + length) };
  const minLocal = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const wanted = minLocal + ((length - minLocal) % (pageBytes - 4));
  const local = wanted <= maxLocal ? wanted : minLocal;
  return { payload: bytes.subarray(start, start + local), overflow: start + local };
}

/** A number as SQLite writes it, and the place after it. Numbers beyond 2^53 do not matter here. */
function readVarint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let place = 0; place < 8; place++) {
    const byte = bytes[at + place] as number;
    value = value * 128 + (byte & 127);
    if (byte < 128) return [value, at + place + 1];
  }
  return [value * 256 + (bytes[at + 8] as number), at + 9];
}

/** The table and the root of a row (type, name, tbl_name, rootpage, sql); undefined for what has no pages. */
function readSchemaRow(payload: Buffer): Root | undefined {
  const [headerBytes, first] = readVarint(payload, 0);
  const types: number[] = [];
  for (let at = first; types.length < 4 && at < headerBytes;) {
    const [type, next] = readVarint(payload, at);
    types.push(type);
    at = next;
  }
  const [type = 0, name = 0, table = 0, root = 0] = types;
  const tableAt = headerBytes + textBytes(type) + textBytes(name);
  const rootAt = tableAt + textBytes(table);
  const page = readInteger(payload, rootAt, root);
  return page > 0 ? { page, table: payload.toString("utf8", tableAt, rootAt) } : undefined;
}

const textBytes = (code: number): number => (code - 13) / 2;
const integerBytes = [0, 1, 2, 3, 4, 6, 8, 0, 0];

function readInteger(payload: Buffer, at: number, code: number): number {
  if (code === 9) return 1;
  const length = Math.min(integerBytes[code] ?? 0, 6);
  return length === 0 ? 0 : payload.readUIntBE(at, length);
}
