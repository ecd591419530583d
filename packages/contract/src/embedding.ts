import { z } from "zod";
import { maxCharacters } from "./characters.js";
import { ifMatch, ifNoneMatch, notModified, preconditionFailed } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { listQuery, paging } from "./paging.js";
import { integer, moduleId, rowId, text, timestamp } from "./scalars.js";

/** Found by an index, whose entries cannot be long in every database. */
const hash = maxCharacters(text.min(1, { error: "must not be empty" }), 512);

/** A human-readable text behind a state, and the caller's own hash of it; unique in its module. */
export const embeddingInsert = z.object({ module_id: moduleId, input: text, hash }).meta({ id: "EmbeddingInsert" });

/** The same fields for a full replacement. */
export const embeddingUpdate = embeddingInsert.meta({ id: "EmbeddingUpdate" });

export const embedding = z
  .object({
    id: integer,
    module_id: z.string(),
    input: z.string(),
    hash: z.string(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Embedding" });

const moduleParams = z.object({ module_id: moduleId });
const rowParams = z.object({ module_id: moduleId, id: rowId });

export const embeddingRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/embedding",
      summary: "Store an embedding input",
      description: "Answers 409 where the module has the hash already.",
      headers: idempotencyKey,
      body: embeddingInsert,
      responses: { 201: embedding, ...idempotencyMismatch },
      metadata: { ...policy.write, row: "embedding" },
    },
    getAll: {
      method: "GET",
      path: "/embedding/:module_id",
      summary: "All embedding inputs of a module, by id",
      description: paging,
      pathParams: moduleParams,
      query: listQuery,
      headers: ifNoneMatch,
      responses: { 200: z.array(embedding), ...notModified },
      metadata: policy.read,
    },
    getOneHash: {
      method: "GET",
      path: "/embedding/:module_id/hash",
      summary: "The embedding input with this hash",
      description: "The hash comes in the query, percent-encoded, or in a JSON body as the Python SDK sends it.",
      pathParams: moduleParams,
      query: z.object({ hash }),
      headers: ifNoneMatch,
      responses: { 200: embedding, ...notModified },
      metadata: { ...policy.read, queryInBody: true },
    },
    getOne: {
      method: "GET",
      path: "/embedding/:module_id/:id",
      summary: "One embedding input",
      pathParams: rowParams,
      headers: ifNoneMatch,
      responses: { 200: embedding, ...notModified },
      metadata: policy.read,
    },
    update: {
      method: "PATCH",
      path: "/embedding/:module_id/:id",
      summary: "Replace an embedding input",
      pathParams: rowParams,
      headers: ifMatch,
      body: embeddingUpdate,
      responses: { 200: embedding, ...preconditionFailed },
      metadata: policy.write,
    },
    delete: {
      method: "DELETE",
      path: "/embedding/:module_id/:id",
      summary: "Delete an embedding input",
      description: "States that refer to it keep their reference. Replies with the row that was deleted.",
      pathParams: rowParams,
      headers: ifMatch,
      responses: { 200: embedding, ...preconditionFailed },
      metadata: policy.write,
    },
  },
  routerOptions,
);

export type EmbeddingInsert = z.input<typeof embeddingInsert>;
export type NewEmbedding = z.output<typeof embeddingInsert>;
export type Embedding = z.infer<typeof embedding>;
