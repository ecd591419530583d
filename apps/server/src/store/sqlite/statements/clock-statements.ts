import type { ClockRow } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import type { Connection } from "../database/connection.js";
import type { Synchronous } from "../database/synchronous.js";

const columns = "at, lag, jumped_at, wrong_from, wrong_by";

export function clockReads(connection: Connection): Synchronous<Pick<Reader, "clock">> {
  const one = connection.prepare(`SELECT ${columns} FROM clock WHERE id = 1`);
  return {
    clock: () => {
      const row = one.get([]);
      if (row === undefined) return undefined;
      const [at, lag, jumped_at, wrong_from, wrong_by] = row as [number, number, ...(number | null)[]];
      return {
        at,
        lag,
        jumped_at: jumped_at ?? null,
        wrong_from: wrong_from ?? null,
        wrong_by: wrong_by ?? null,
      } satisfies ClockRow;
    },
  };
}

export function clockWrites(connection: Connection): Synchronous<Pick<Transaction, "putClock" | "capTimes">> {
  const put = connection.prepare(`INSERT OR REPLACE INTO clock (id, ${columns}) VALUES (1, ?, ?, ?, ?, ?)`);
  const caps = [
    connection.prepare(
      `UPDATE session SET created_at = min(created_at, ?1), last_used_at = min(last_used_at, ?1)
       WHERE created_at > ?1 OR last_used_at > ?1`,
    ),
    connection.prepare("UPDATE api_key SET last_used_at = ?1 WHERE last_used_at > ?1"),
    connection.prepare("UPDATE idempotency SET created_at = ?1 WHERE created_at > ?1"),
  ];
  return {
    putClock: ({ at, lag, jumped_at, wrong_from, wrong_by }) =>
      void put.run([at, lag, jumped_at, wrong_from, wrong_by]),
    capTimes: (now) => {
      for (const cap of caps) cap.run([now]);
    },
  };
}
