import { setImmediate } from "node:timers/promises";
import type { LoggedRow, LookUpBudget, LookUps } from "@eca/cortex";
import type { Page, Reader } from "../store/port/store.js";
import type { OwnLog } from "./log.js";

const pageSize = 1000;
/** What a call takes, in rows that are read. */
const costOfCall = 8;

/** Look-ups in the log of a module, by the indexes of the store. */
export class StoreLookUps implements LookUps {
  readonly #reader: Reader;
  readonly #log: OwnLog;
  /** The newest rows that count are those with greater ids at least: further back it is not known. */
  readonly #edge: number;
  readonly #budget: LookUpBudget;

  /** @param rows How many of the newest rows count. */
  constructor(reader: Reader, log: OwnLog, rows: number, budget: LookUpBudget) {
    this.#reader = reader;
    this.#log = log;
    this.#edge = (log.newest?.id ?? 0) - rows;
    this.#budget = budget;
  }

  async occurrences(instanceId: number, limit: number): Promise<readonly number[]> {
    const { moduleId, status, newest } = this.#log;
    const keys: number[] = [];
    // Nothing has followed the newest entry.
    for (let after = newest?.id ?? 0; ;) {
      // Of other statuses there may be any number in between.
      const wanted = status === null ? limit - keys.length : pageSize;
      const page: Page = { order: "desc", limit: Math.min(wanted, pageSize), after };
      const rows = await this.#counted(await this.#reader.occurrencePage(moduleId, instanceId, page));
      for (const row of rows) if (status === null || row.status === status) keys.push(row.id);
      if (keys.length >= limit) return keys.slice(0, limit);
      if (rows.length < page.limit) return keys;
      after = rows.at(-1)?.id ?? 0;
    }
  }

  async before(key: number, limit: number): Promise<readonly LoggedRow[]> {
    const { moduleId, status } = this.#log;
    const rows: LoggedRow[] = [];
    while (rows.length < limit) {
      const page: Page = {
        order: "desc",
        limit: Math.min(limit - rows.length, pageSize),
        after: rows.at(-1)?.key ?? key,
      };
      const read = await this.#counted(await this.#reader.observationPage(moduleId, page, status ?? undefined));
      for (const { id, instance_id } of read) rows.push({ key: id, id: instance_id });
      if (read.length < page.limit) break;
    }
    return rows;
  }

  async after(key: number): Promise<number | undefined> {
    const { moduleId, status } = this.#log;
    const page: Page = { order: "asc", limit: 1, after: key };
    const [row] = await this.#counted(await this.#reader.observationPage(moduleId, page, status ?? undefined));
    return row?.instance_id;
  }

  async #counted<Row extends { readonly id: number }>(rows: readonly Row[]): Promise<readonly Row[]> {
    if (rows.some(({ id }) => id <= this.#edge)) this.#budget.exhaust();
    this.#budget.spend(costOfCall + rows.length);
    await this.#budget.pauseInTurn(() => setImmediate());
    return rows;
  }
}
