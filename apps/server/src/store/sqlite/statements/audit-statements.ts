import type { AuditContent, AuditRow } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import type { CollectionCounters } from "./collection-counters.js";
import type { Connection, SqlRow } from "../database/connection.js";
import { PageQuery } from "./page-query.js";
import type { Synchronous } from "../database/synchronous.js";

/** In the order of `toAuditRow`. */
const columns =
  "id, at, kind, count, user_id, username, key_id, address, request_id, route, module_id, row_id, subject_id, detail";

export function auditReads(connection: Connection): Synchronous<Pick<Reader, "auditPage">> {
  const page = new PageQuery(
    connection,
    { columns },
    (select, comparison, direction) =>
      `SELECT ${select} FROM audit WHERE id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  return { auditPage: (wanted) => page.rows([], wanted).map(toAuditRow) };
}

export function auditWrites(
  connection: Connection,
  counters: CollectionCounters,
): Synchronous<Pick<Transaction, "insertAudit" | "deleteAuditBefore" | "deleteAuditBeyond">> {
  const insert = connection.prepare(`INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const count = connection.prepare(
    `INSERT INTO audit_count (kind, count) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET count = count + ?2`,
  );
  const deleteBefore = connection.prepare(
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?) RETURNING kind",
  );
  const excess = connection.prepare("SELECT kind, count - ?1 FROM audit_count WHERE count > ?1 ORDER BY kind");
  const deleteOldest = connection.prepare(
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE kind = ? ORDER BY id LIMIT ?)",
  );
  return {
    insertAudit: (content: AuditContent) => {
      const { id } = counters.note("audit", content.at);
      insert.run([
        id,
        content.at,
        content.kind,
        content.count,
        content.user_id,
        content.username,
        content.key_id,
        content.address,
        content.request_id,
        content.route,
        content.module_id,
        content.row_id,
        content.subject_id,
        content.detail,
      ]);
      count.run([content.kind, 1]);
      return { ...content, id };
    },
    deleteAuditBefore: (before, limit) => {
      const kinds = deleteBefore.all([before, limit]).map(([kind]) => String(kind));
      for (const kind of kinds) count.run([kind, -1]);
      return kinds.length;
    },
    deleteAuditBeyond: (keep, limit) => {
      let left = limit;
      for (const [kind, beyond] of excess.all([keep]) as [string, number][]) {
        const deleted = deleteOldest.run([kind, Math.min(beyond, left)]);
        count.run([kind, -deleted]);
        left -= deleted;
      }
      return limit - left;
    },
  };
}

function toAuditRow(row: SqlRow): AuditRow {
  return {
    id: row[0] as number,
    at: row[1] as number,
    kind: row[2] as AuditRow["kind"],
    count: row[3] as number,
    user_id: row[4] as string | null,
    username: row[5] as string | null,
    key_id: row[6] as string | null,
    address: row[7] as string | null,
    request_id: row[8] as string | null,
    route: row[9] as string | null,
    module_id: row[10] as string | null,
    row_id: row[11] as number | null,
    subject_id: row[12] as string | null,
    detail: row[13] as string | null,
  };
}
