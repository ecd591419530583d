import type { Connection, SqlRow, SqlValue } from "../database/connection.js";
import type { Page, PageRows } from "../../port/store.js";
import { type PageSelect, SizedStatement } from "./page-query.js";

/** Reads a page of a module's observations in the order of ids. */
export type ObservationsById = (moduleId: string, page: Page) => PageRows<SqlRow>;

/** Reads the stretches of observations between the runs of predicted entries, one after the other. */
export function observationsById(connection: Connection, select: PageSelect): ObservationsById {
  // The sign keeps SQLite from an index of observations in another order; what was predicted since the run was looked up is left out.
  const between = (direction: "ASC" | "DESC") =>
    new SizedStatement(
      connection,
      select,
      (what) =>
        `SELECT ${what} FROM sequence WHERE module_id = ? AND id > ? AND id < ? AND +predicted = 0
         ORDER BY id ${direction} LIMIT ?`,
    );
  const directions = {
    asc: {
      rows: between("ASC"),
      run: connection.prepare(
        "SELECT first_id, last_id FROM predicted_run WHERE module_id = ? AND last_id > ? ORDER BY last_id LIMIT 1",
      ),
    },
    desc: {
      rows: between("DESC"),
      run: connection.prepare(
        "SELECT last_id, first_id FROM predicted_run WHERE module_id = ? AND first_id < ? ORDER BY first_id DESC LIMIT 1",
      ),
    },
  };

  return (moduleId, { order, limit, after, maxBytes }) => {
    const isAscending = order === "asc";
    const { rows: stretch, run } = directions[order];
    const end = isAscending ? Number.MAX_SAFE_INTEGER : 0;
    const found: PageRows<SqlRow> = [];
    let bytesLeft = maxBytes;
    for (let from = after ?? (isAscending ? 0 : Number.MAX_SAFE_INTEGER); ;) {
      const [near, far] = (run.get([moduleId, from]) ?? [end, end]) as [number, number];
      if (isAscending ? near > from : near < from) {
        const bounds = isAscending ? [from, near] : [near, from];
        const rows = stretch.rows([moduleId, ...bounds], { limit: limit - found.length, maxBytes: bytesLeft });
        found.push(...rows);
        if (rows.next !== undefined) found.next = rows.next;
        else if (near !== end && bytesLeft !== undefined && rows.length > 0) {
          bytesLeft -= bytesOf(rows);
          if (bytesLeft <= 0 && found.length < limit) found.next = found.at(-1)?.[0] as number;
        }
      }
      if (near === end || found.length >= limit || found.next !== undefined) return found;
      from = far;
    }
  };
}

function bytesOf(rows: readonly SqlRow[]): number {
  let bytes = 0;
  for (const row of rows) for (const value of row) bytes += bytesOfValue(value);
  return bytes;
}

function bytesOfValue(value: SqlValue): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  return value instanceof Uint8Array ? value.length : 0;
}

/** Keeps the runs of predicted entries as long as they can be. */
export interface PredictedRuns {
  /** The newest entry of a module is a predicted one. */
  append(moduleId: string, id: number): void;
  /** An entry that was observed is predicted from now on. */
  insert(moduleId: string, id: number): void;
  /** An entry that was observed is not there any more. */
  join(moduleId: string, id: number): void;
}

/** To be called once the entry itself is written. */
export function predictedRuns(connection: Connection): PredictedRuns {
  const before = connection.prepare(
    "SELECT first_id, last_id FROM predicted_run WHERE module_id = ? AND first_id <= ? ORDER BY first_id DESC LIMIT 1",
  );
  const behind = connection.prepare(
    "SELECT first_id, last_id FROM predicted_run WHERE module_id = ? AND first_id > ? ORDER BY first_id LIMIT 1",
  );
  // Between two runs few entries are predicted, if any: the walk ends with the first one.
  const observed = connection.prepare(
    "SELECT 1 FROM sequence WHERE module_id = ? AND id > ? AND id < ? AND +predicted = 0 LIMIT 1",
  );
  const add = connection.prepare("INSERT INTO predicted_run (module_id, first_id, last_id) VALUES (?1, ?2, ?2)");
  const extend = connection.prepare("UPDATE predicted_run SET last_id = ? WHERE module_id = ? AND first_id = ?");
  const remove = connection.prepare("DELETE FROM predicted_run WHERE module_id = ? AND first_id = ?");
  const isApart = (moduleId: string, last: number, first: number): boolean =>
    first > last + 1 && observed.get([moduleId, last, first]) !== undefined;
  const runAt = (statement: typeof before, moduleId: string, id: number) =>
    statement.get([moduleId, id]) as [first: number, last: number] | undefined;

  const join = (moduleId: string, id: number): void => {
    const [first, last] = runAt(before, moduleId, id) ?? [];
    if (first === undefined || last === undefined) return;
    const [nextFirst, nextLast] = runAt(behind, moduleId, id) ?? [];
    if (nextFirst === undefined || nextLast === undefined || isApart(moduleId, last, nextFirst)) return;
    remove.run([moduleId, nextFirst]);
    extend.run([nextLast, moduleId, first]);
  };
  return {
    append: (moduleId, id) => {
      const [first, last] = runAt(before, moduleId, id) ?? [];
      if (first === undefined || last === undefined || isApart(moduleId, last, id)) add.run([moduleId, id]);
      else extend.run([id, moduleId, first]);
    },
    insert: (moduleId, id) => {
      add.run([moduleId, id]);
      join(moduleId, id - 1);
      join(moduleId, id);
    },
    join,
  };
}
