import { z } from "zod";
import { ifMatch, ifNoneMatch, notModified, preconditionFailed } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { listQuery, paging } from "./paging.js";
import { createdAt, defaulted, integer, moduleId, rowId, text, updatedAt } from "./scalars.js";

const meanings = {
  doc_id: "The caller's own name for it; need not be unique.",
  text: "What questions are answered from.",
} as const;

const manual = { doc_id: "manual/heating", text: "The heating starts when the room is below 19 degrees." };

export const documentInsert = z
  .object({
    doc_id: text.describe(meanings.doc_id),
    text: text.describe(meanings.text),
    embed: defaulted(z.boolean(), false).describe(
      "Whether questions find it at once. Where it is false, `PUT /document/embed/{id}` makes it so later.",
    ),
  })
  .meta({
    id: "DocumentInsert",
    description: "A text to answer questions from.",
    examples: [{ ...manual, embed: true }],
  });

export const documentUpdate = documentInsert.meta({
  id: "DocumentUpdate",
  description: "A document in full, in place of the stored one.",
  examples: [{ ...manual, text: "The heating starts when the room is below 20 degrees.", embed: true }],
});

/**
 * Questions are answered from the "embedded" documents; "stored" ones are only kept. "orphaned" ones were made of a row
 * that was deleted.
 */
export const documentStatuses = ["stored", "embedded", "orphaned"] as const;

export const document = z
  .object({
    id: integer.describe("1, 2, 3... in the order of creation."),
    doc_id: z.string().describe(meanings.doc_id),
    text: z.string().describe(meanings.text),
    status: z
      .string()
      .describe(
        "`embedded`: questions find it. `stored`: they do not. `orphaned`: it was made of a row that was deleted.",
      ),
    created_at: createdAt,
    updated_at: updatedAt,
  })
  .meta({
    id: "Document",
    description: "A text that questions are answered from, once it is embedded.",
    examples: [
      {
        id: 1,
        ...manual,
        status: "embedded",
        created_at: "2026-03-02T08:15:00.250000Z",
        updated_at: "2026-03-02T08:15:00.250000Z",
      },
    ],
  });

const madeOnce =
  "Made again, it has the same id, and the text is what the row says by then. A change of the row changes it, too.";

const idParams = z.object({ id: rowId });
const rowParams = z.object({ module_id: moduleId, id: rowId });

export const documentRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/document",
      summary: "Store a document",
      headers: idempotencyKey,
      body: documentInsert,
      responses: { 201: document, ...idempotencyMismatch },
      metadata: { ...policy.write, modules: "beyond", row: "document" },
    },
    createFromEss: {
      method: "POST",
      path: "/document/ess/:module_id/:id",
      summary: "Store a document that describes a state in words",
      description: `Its \`doc_id\` is \`ess/{module_id}/{id}\`, and it is embedded at once. ${madeOnce}`,
      pathParams: rowParams,
      headers: idempotencyKey,
      body: c.noBody(),
      responses: { 201: document, ...idempotencyMismatch },
      metadata: { ...policy.write, modules: "beyond", row: "document" },
    },
    createFromSequence: {
      method: "POST",
      path: "/document/sequence/:module_id/:id",
      summary: "Store a document that describes a sequence entry in words",
      description:
        "`-1` names the latest entry that was observed. Its `doc_id` is `sequence/{module_id}/{id}`, and it is embedded " +
        `at once. ${madeOnce}`,
      pathParams: rowParams,
      headers: idempotencyKey,
      body: c.noBody(),
      responses: { 201: document, ...idempotencyMismatch },
      metadata: { ...policy.write, modules: "beyond", row: "document" },
    },
    getAll: {
      method: "GET",
      path: "/document",
      summary: "All documents, by id",
      description: paging,
      query: listQuery,
      responses: { 200: z.array(document) },
      metadata: { ...policy.read, modules: "beyond" },
    },
    getOne: {
      method: "GET",
      path: "/document/:id",
      summary: "One document",
      pathParams: idParams,
      headers: ifNoneMatch,
      responses: { 200: document, ...notModified },
      metadata: { ...policy.read, modules: "beyond" },
    },
    update: {
      method: "PATCH",
      path: "/document/:id",
      summary: "Replace a document",
      description:
        "All fields are replaced. Without `embed` the new text is stored and not embedded. A document that was made of a " +
        "row stays that row's while its `doc_id` stays the same.",
      pathParams: idParams,
      headers: ifMatch,
      body: documentUpdate,
      responses: { 200: document, ...preconditionFailed },
      metadata: { ...policy.write, modules: "beyond" },
    },
    embed: {
      method: "PUT",
      path: "/document/embed/:id",
      summary: "Make a document retrievable",
      description:
        "Changes nothing on a document that is embedded already. 409 for one that was made of a row that was deleted.",
      pathParams: idParams,
      headers: ifMatch,
      body: c.noBody(),
      responses: { 200: document, ...preconditionFailed },
      metadata: { ...policy.write, modules: "beyond" },
    },
    delete: {
      method: "DELETE",
      path: "/document/:id",
      summary: "Delete a document",
      description: "Replies with the document that was deleted.",
      pathParams: idParams,
      headers: ifMatch,
      responses: { 200: document, ...preconditionFailed },
      metadata: { ...policy.write, modules: "beyond" },
    },
  },
  routerOptions,
);

export type DocumentStatus = (typeof documentStatuses)[number];
export type DocumentInsert = z.input<typeof documentInsert>;
export type NewDocument = z.output<typeof documentInsert>;
export type Document = z.infer<typeof document>;
