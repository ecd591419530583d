import { z } from "zod";
import { maxCharacters } from "./characters.js";
import { ifMatch, ifNoneMatch, notModified, preconditionFailed } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { listQuery, paging } from "./paging.js";
import { createdAt, integer, moduleId, moduleOfRow, rowId, text, updatedAt } from "./scalars.js";

// Found by an index, whose entries cannot be long in every database.
const hash = maxCharacters(text.min(1, { error: "must not be empty" }), 512).describe(
  "The caller's own hash of the text, unique in the module; how it is computed is the caller's choice.",
);

const inputMeaning = "The text behind a state, for people to read.";
const inputExample = { input: "the heating is on", hash: "kx0nAfUcw2tM1o7d9T2m8iKkqQb3nJm0zS5Vd1d3oQk=" };

export const embeddingInsert = z.object({ module_id: moduleId, input: text.describe(inputMeaning), hash }).meta({
  id: "EmbeddingInsert",
  description: "A text that puts a state into words, with the hash by which it is found again.",
  examples: [{ module_id: "heating", ...inputExample }],
});

export const embeddingUpdate = embeddingInsert.meta({
  id: "EmbeddingUpdate",
  description: "An embedding input in full, in place of the stored one.",
  examples: [{ module_id: "heating", ...inputExample, input: "the heating is off" }],
});

export const embedding = z
  .object({
    id: integer.describe("1, 2, 3... in its module, in the order of creation. States name it in `embedding_input`."),
    module_id: moduleOfRow,
    input: z.string().describe(inputMeaning),
    hash: z.string().describe("The caller's own hash of the text."),
    created_at: createdAt,
    updated_at: updatedAt,
  })
  .meta({
    id: "Embedding",
    description: "An embedding input: the text behind one or more states of a module.",
    examples: [
      {
        id: 1,
        module_id: "heating",
        ...inputExample,
        created_at: "2026-03-02T08:15:00.250000Z",
        updated_at: "2026-03-02T08:15:00.250000Z",
      },
    ],
  });

const moduleParams = z.object({ module_id: moduleId });
const rowParams = z.object({ module_id: moduleId, id: rowId });

export const embeddingRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/embedding",
      summary: "Store an embedding input",
      description: "Returns 409 where the module has the hash already.",
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
