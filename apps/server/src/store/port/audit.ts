import type { Micros } from "../../clock.js";
import type { AuditContent, AuditRow } from "./rows.js";
import type { Page, PageRows } from "./page.js";

/** What can be read of the audit log. */
export interface AuditReads {
  auditPage(page: Page): Promise<PageRows<AuditRow>>;
}

/** What can be written of the audit log. */
export interface AuditWrites {
  insertAudit(content: AuditContent): Promise<AuditRow>;
  /** Deletes at most `limit` of the entries noted before an instant, oldest first; returns how many. */
  deleteAuditBefore(before: Micros, limit: number): Promise<number>;
  /** Deletes of each kind the oldest entries that its newest `keep` leave out, at most `limit` together; returns how many. */
  deleteAuditBeyond(keep: number, limit: number): Promise<number>;
}
