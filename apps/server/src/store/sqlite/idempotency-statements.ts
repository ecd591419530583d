import type { IdempotencyRow } from "../rows.js";
import type { Reader, Transaction } from "../store.js";
import type { Connection } from "./connection.js";
import type { Synchronous } from "./synchronous.js";

export function idempotencyReads(connection: Connection): Synchronous<Pick<Reader, "idempotency">> {
  const one = connection.prepare(
    `SELECT request_hash, status, headers, body, created_at FROM idempotency
     WHERE user_id = ? AND route = ? AND key = ?`,
  );
  return {
    idempotency: (user_id, route, key) => {
      const row = one.get([user_id, route, key]);
      if (row === undefined) return undefined;
      const [hash, status, headers, body, created_at] = row as [Uint8Array, number, string, string, number];
      return {
        user_id,
        route,
        key,
        request_hash: Uint8Array.from(hash),
        status,
        headers: JSON.parse(headers) as IdempotencyRow["headers"],
        body,
        created_at,
      };
    },
  };
}

type IdempotencyWrites = Synchronous<Pick<Transaction, "putIdempotency" | "deleteIdempotency">>;

export function idempotencyWrites(connection: Connection): IdempotencyWrites {
  const put = connection.prepare(
    `INSERT OR REPLACE INTO idempotency (user_id, route, key, created_at, request_hash, status, headers, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = connection.prepare(
    "DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE created_at < ? LIMIT ?)",
  );
  return {
    putIdempotency: ({ user_id, route, key, created_at, request_hash, status, headers, body }) =>
      void put.run([user_id, route, key, created_at, request_hash, status, JSON.stringify(headers), body]),
    deleteIdempotency: (before, limit) => remove.run([before, limit]),
  };
}
