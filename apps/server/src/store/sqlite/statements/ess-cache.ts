import type { EssRow } from "../../port/rows.js";
import { bytesOfEss } from "../../codecs/ess-bytes.js";
import type { Page, PageRows } from "../../port/store.js";

/** What the rows may take in memory, in bytes; about 13,000 states of 5 numbers, 2,300 of 1,536. */
const memoryBudget = 16 * 2 ** 20;

type Rows = Map<string, Map<number, EssRow>>;

/**
 * Rows of states that were read of late: reading one from the database costs more than all the rest of a
 * request, and a third of a page of many. Nothing but an update changes a row, and no process but this one
 * updates states, so that a row stays right until its next update.
 *
 * Rows live in two generations; when the younger one has filled its half of the budget, the older one is
 * dropped, and what is still read moves on.
 */
export class EssCache {
  readonly #generationBytes: number;
  /** The ids of the rows that the running transaction has updated, by module. */
  readonly #updated = new Map<string, Set<number>>();
  #young: Rows = new Map();
  #old: Rows = new Map();
  #youngBytes = 0;

  constructor(budget = memoryBudget) {
    this.#generationBytes = budget / 2;
  }

  /**
   * A row as it was last committed; undefined where it is not here, and where it is being updated: once one
   * reader of the database has seen its update, no other may get what it was before.
   */
  get(moduleId: string, id: number): EssRow | undefined {
    if (this.#updated.size > 0 && this.#updated.get(moduleId)?.has(id) === true) return undefined;
    const young = this.#young.get(moduleId)?.get(id);
    if (young !== undefined) return young;
    const old = this.#old.get(moduleId)?.get(id);
    if (old !== undefined) this.put(old);
    return old;
  }

  /** Keeps a row that was read outside of transactions. */
  put(row: EssRow): void {
    let rows = this.#young.get(row.module_id);
    if (rows === undefined) this.#young.set(row.module_id, (rows = new Map()));
    rows.set(row.id, row);
    this.#youngBytes += bytesOfEss(row);
    if (this.#youngBytes <= this.#generationBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  /**
   * A page of a module's rows by id. Those at its beginning that are here are taken from here: between two
   * ids that follow one another there is none. The rest is read, and kept unless it is read in passing.
   */
  page(moduleId: string, wanted: Page, read: (page: Page) => PageRows<EssRow>): PageRows<EssRow> {
    // A commit shows its updates to readers of the database before it ends, all of them at once.
    if (this.#updated.size > 0) return read(wanted);
    const keep = (row: EssRow): EssRow => {
      const known = this.get(moduleId, row.id);
      if (known !== undefined) return known;
      if (wanted.passing !== true) this.put(row);
      return row;
    };
    const { order, limit } = wanted;
    const newest = order === "desc" && wanted.after === undefined ? read({ order, limit: 1 }) : [];
    const rows: PageRows<EssRow> = newest.map(keep);
    let after = rows.at(-1)?.id ?? wanted.after;
    let maxBytes = wanted.maxBytes ?? Number.POSITIVE_INFINITY;
    for (const row of rows) maxBytes -= bytesOfEss(row);
    while (rows.length < limit && maxBytes > 0) {
      const next = this.get(moduleId, order === "asc" ? (after ?? 0) + 1 : (after ?? 0) - 1);
      if (next === undefined) break;
      rows.push(next);
      maxBytes -= bytesOfEss(next);
      after = next.id;
    }
    // The id 1 ends a list of the newest ones first.
    if (rows.length === limit || (order === "desc" && (after === undefined || after <= 1))) return rows;
    if (maxBytes <= 0) {
      rows.next = rows.at(-1)?.id as number;
      return rows;
    }
    const rest = read({
      ...wanted,
      limit: limit - rows.length,
      ...(wanted.maxBytes !== undefined && { maxBytes }),
      ...(after !== undefined && { after }),
    });
    for (const row of rest) rows.push(keep(row));
    if (rest.next !== undefined) rows.next = rest.next;
    return rows;
  }

  /** The same for the running transaction, which sees what it has updated itself: then nothing is here. */
  getWithin(moduleId: string, id: number): EssRow | undefined {
    return this.#updated.size === 0 ? this.get(moduleId, id) : undefined;
  }

  /** The running transaction updates a row. */
  noteUpdate(moduleId: string, id: number): void {
    let ids = this.#updated.get(moduleId);
    if (ids === undefined) this.#updated.set(moduleId, (ids = new Set()));
    ids.add(id);
  }

  /** Forgets all rows. */
  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
  }

  /** The transaction is over, and none of its units of work has resolved yet. */
  ended(): void {
    for (const [moduleId, ids] of this.#updated) {
      for (const rows of [this.#young.get(moduleId), this.#old.get(moduleId)]) {
        for (const id of ids) rows?.delete(id);
      }
    }
    this.#updated.clear();
  }
}
