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
    `INSERT INTO idempotency (user_id, route, key, created_at, request_hash, status, headers, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
     ON CONFLICT DO UPDATE SET created_at = ?4, request_hash = ?5, status = ?6, headers = ?7, body = ?8
     WHERE created_at < ?9`,
  );
  const remove = connection.prepare(
    "DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE created_at < ? LIMIT ?)",
  );
  return {
    putIdempotency: ({ user_id, route, key, created_at, request_hash, status, headers, body }, since) => {
      const values = [user_id, route, key, created_at, request_hash, status, JSON.stringify(headers), body];
      return put.run([...values, since]) === 1;
    },
    deleteIdempotency: (before, limit) => remove.run([before, limit]),
  };
}
