import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { listQuery, paging } from "./paging.js";
import { integer, timestamp } from "./scalars.js";

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
  .meta({ id: "AuditKind", description: "What happened.", examples: ["login_failed"] });

export const auditEntry = z
  .object({
    id: integer.describe("1, 2, 3... in the order of what happened."),
    at: timestamp.describe("When it happened."),
    kind: auditKind,
    count: integer.describe(
      "How many times in the seconds from `at` on, as repeated denials share an entry; how many rows, of an " +
        "operation on many at once; else 1.",
    ),
    user_id: z
      .string()
      .nullable()
      .describe("Who acted; null for an unknown name at a login, and for a command on the server's machine."),
    username: z.string().nullable().describe("The name of who acted, or that a login was tried with."),
    key_id: z.string().nullable().describe("The key that the call was made with; null for a session."),
    address: z.string().nullable().describe("Where the call came from; null for a command on the server's machine."),
    request_id: z.string().nullable().describe("Leads to the call in the server's log; null for a command."),
    route: z.string().nullable().describe("The route that refused the call, by its `operationId`."),
    module_id: z.string().nullable().describe("The module of the row that was acted upon; a document has none."),
    row_id: integer.nullable().describe("The id of the row that was acted upon."),
    subject_id: z.string().nullable().describe("The id of the user or the key that was acted upon."),
    detail: z.string().nullable().describe("What the kind leaves open, in words."),
  })
  .meta({
    id: "AuditEntry",
    description: "Who did what, to which row, when, and from where. What does not apply is null.",
    examples: [
      {
        id: 41,
        at: "2026-03-30T08:10:00.118204Z",
        kind: "sequence_deleted",
        count: 1,
        user_id: "6f1f2c5e-6a55-4f0c-9a53-0d1c5a8e4f11",
        username: "ada",
        key_id: null,
        address: "192.0.2.17",
        request_id: "01b0c6f6-1f0e-4e0c-8f0e-7e9d3f1d2a55",
        route: null,
        module_id: "temperature",
        row_id: 7,
        subject_id: null,
        detail: null,
      },
    ],
  });

export const auditRouter = c.router(
  {
    getAll: {
      method: "GET",
      path: "/audit",
      summary: "The audit log, newest first",
      description: `Logins, calls denied for lack of rights, changes of users and keys, and deletions. ${paging}`,
      query: listQuery,
      responses: { 200: z.array(auditEntry) },
      metadata: { ...policy.admin, rate: "read" },
    },
  },
  routerOptions,
);

export type AuditKind = z.infer<typeof auditKind>;
export type AuditEntry = z.infer<typeof auditEntry>;
