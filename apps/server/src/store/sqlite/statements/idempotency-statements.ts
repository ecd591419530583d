import type { IdempotencyRow, RowRange } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import type { Connection, SqlValue } from "../database/connection.js";
import { longText, toText } from "./long-text.js";
import { bytesOfColumns } from "./page-query.js";
import type { Synchronous } from "../database/synchronous.js";

export function idempotencyReads(connection: Connection): Synchronous<Pick<Reader, "idempotency">> {
  const one = connection.prepare(
    `SELECT request_hash, status, headers, ${longText("body")}, created_at, row_kind, row_module_id, first_row_id, last_row_id
     FROM idempotency WHERE user_id = ? AND route = ? AND key = ?`,
  );
  return {
    idempotency: (user_id, route, key) => {
      const row = one.get([user_id, route, key]);
      if (row === undefined) return undefined;
      const [hash, status, headers, body, created_at, ...range] = row as [
        Uint8Array,
        number,
        string,
        SqlValue,
        number,
        ...SqlValue[],
      ];
      return {
        user_id,
        route,
        key,
        request_hash: Uint8Array.from(hash),
        status,
        headers: JSON.parse(headers) as IdempotencyRow["headers"],
        body: toText(body),
        rows: toRange(range),
        created_at,
      };
    },
  };
}

/** Bytes of replies that are deleted at once, but for the last one: their pages are read one by one to be freed. */
const maxDeletedBytes = 2 ** 21;

type IdempotencyWrites = Synchronous<Pick<Transaction, "putIdempotency" | "deleteIdempotency" | "forgetReplies">>;

export function idempotencyWrites(connection: Connection): IdempotencyWrites {
  const put = connection.prepare(
    `INSERT INTO idempotency (user_id, route, key, created_at, request_hash, status, headers, body,
       row_kind, row_module_id, first_row_id, last_row_id)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
     ON CONFLICT DO UPDATE SET created_at = ?4, request_hash = ?5, status = ?6, headers = ?7, body = ?8,
       row_kind = ?9, row_module_id = ?10, first_row_id = ?11, last_row_id = ?12
     WHERE created_at < ?13`,
  );
  const oldest = (columns: string): string =>
    `SELECT ${columns} FROM idempotency WHERE created_at < ? ORDER BY created_at, rowid LIMIT ?`;
  const sizes = connection.prepare(oldest(bytesOfColumns("body")));
  const remove = connection.prepare(`DELETE FROM idempotency WHERE rowid IN (${oldest("rowid")})`);
  // Ranges of more than one row are of entries alone, each of which was made by one call: they do not overlap.
  const forget = connection.prepare(
    `DELETE FROM idempotency
     WHERE row_kind = ?1 AND row_module_id = ?2 AND last_row_id >= ?3 AND first_row_id = (
       SELECT max(first_row_id) FROM idempotency WHERE row_kind = ?1 AND row_module_id = ?2 AND first_row_id <= ?3
     ) AND (first_row_id = last_row_id OR NOT EXISTS (
       SELECT 1 FROM sequence WHERE module_id = ?2 AND id BETWEEN first_row_id AND last_row_id
     ))`,
  );
  return {
    putIdempotency: ({ user_id, route, key, created_at, request_hash, status, headers, body, rows }, since) => {
      const values = [user_id, route, key, created_at, request_hash, status, JSON.stringify(headers), body];
      return put.run([...values, ...fromRange(rows), since]) === 1;
    },
    deleteIdempotency: (before, limit) => {
      let bytes = 0;
      const rows = sizes.all([before, limit]);
      const enough = rows.findIndex(([size]) => (bytes += size as number) >= maxDeletedBytes);
      return remove.run([before, enough === -1 ? rows.length : enough + 1]);
    },
    forgetReplies: ({ kind, module_id, id }) => forget.run([kind, module_id ?? noModule, id]),
  };
}

/** Stands for the module of rows that belong to none; no module has an empty id. */
const noModule = "";

function fromRange(rows: RowRange | undefined): SqlValue[] {
  return rows === undefined ? [null, null, null, null] : [rows.kind, rows.module_id ?? noModule, rows.first, rows.last];
}

function toRange([kind, moduleId, first, last]: readonly SqlValue[]): RowRange | undefined {
  if (kind === null) return undefined;
  const module_id = moduleId === noModule ? null : moduleId;
  return { kind, module_id, first, last } as RowRange;
}
