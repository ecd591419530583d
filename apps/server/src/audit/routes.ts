import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { listReply } from "../reply.js";
import type { AuditLog } from "./audit-log.js";
import { toAuditEntry } from "./wire.js";

export function auditRoutes(audit: Pick<AuditLog, "list">): Handlers<typeof contract.audit> {
  return {
    getAll: async () => listReply(mapList(audit.list(), toAuditEntry)),
  };
}
