import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { listQuery, paging } from "./paging.js";
import { integer, timestamp } from "./scalars.js";

/** What the audit log tells of. */
export const auditKind = z
  .enum([
    "login_succeeded",
    "login_failed",
    "access_denied",
    "user_created",
    "user_updated",
    "password_changed",
    "key_created",
    "key_rotated",
    "key_revoked",
    "sequence_deleted",
    "sequence_marked_predicted",
    "embedding_deleted",
    "document_deleted",
    "times_repaired",
  ])
  .meta({ id: "AuditKind" });

/** One entry: who did what, to which row, when, and from where. What does not apply is null. */
export const auditEntry = z
  .object({
    id: integer,
    at: timestamp,
    kind: auditKind,
    /**
     * How many times in the seconds from `at` on: refusals that repeat share an entry. Of an operation on many rows at
     * once: how many. 1 of all else.
     */
    count: integer,
    /** Who acted; null for an unknown name at a login, and for the command line of the server's machine. */
    user_id: z.string().nullable(),
    username: z.string().nullable(),
    /** The key that they called with; null for a login's session. */
    key_id: z.string().nullable(),
    /** Where the call came from; null for the command line. */
    address: z.string().nullable(),
    /** Leads to the call in the server's log; null for the command line. */
    request_id: z.string().nullable(),
    /** The route that refused, by its name in the contract. */
    route: z.string().nullable(),
    /** The module and the row that were acted upon; a document has no module. */
    module_id: z.string().nullable(),
    row_id: integer.nullable(),
    /** The user or the key that was acted upon. */
    subject_id: z.string().nullable(),
    /** What the kind leaves open, in words. */
    detail: z.string().nullable(),
  })
  .meta({ id: "AuditEntry" });

export const auditRouter = c.router(
  {
    getAll: {
      method: "GET",
      path: "/audit",
      summary: "The audit log, newest first",
      description: `Logins, refusals for want of rights, changes of users and keys, and deletions. ${paging}`,
      query: listQuery,
      responses: { 200: z.array(auditEntry) },
      metadata: { ...policy.admin, rate: "read" },
    },
  },
  routerOptions,
);

export type AuditKind = z.infer<typeof auditKind>;
export type AuditEntry = z.infer<typeof auditEntry>;
