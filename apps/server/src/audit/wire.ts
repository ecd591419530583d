import type { AuditEntry } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { AuditRow } from "../store/port/rows.js";

/** An entry of the audit log as the wire shows it. */
export function toAuditEntry(row: AuditRow): AuditEntry {
  return { ...row, at: formatTimestamp(row.at) };
}
