import { z } from "zod";
import { ifFirst, ifMatch, ifNoneMatch, notModified, preconditionFailed } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { aggregateErrorBody, errorBody } from "./errors.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { limitedBy } from "./limited.js";
import { listQuery, paging } from "./paging.js";
import { predictedFilter } from "./sequence.js";
import { defaulted, float32, float64, integer, moduleId, nullable, rowId, text, timestamp } from "./scalars.js";

/** The vector of a state. Numbers are rounded once to 32-bit floats. */
const state = z.array(float32);
const stateInput = state.meta(limitedBy("state_length"));

/**
 * The evaluation of a state. Null, or none at all, asks for that of the nearest emotified state instance of
 * the module, where it has any. TypeScript asks for the null to be written, so that a valence which was
 * forgotten does not compile.
 */
const valence = float64.nullish().meta({
  description: "Null, or none at all, takes that of the nearest emotified state instance; 400 where there is none.",
}) as z.ZodType<number | null | undefined, number | null>;

/** What is said of each component. */
function perComponent<S extends z.ZodType>(entry: S) {
  return defaulted(z.array(entry).meta(limitedBy("aggregate_components")), []);
}

/**
 * A state to write, plain or aggregate. An aggregate comes minimal (`aggregate_id` and
 * `aggregate_module_id` alone: the server fills in the rest) or full (the server verifies it).
 */
export const essInsert = z
  .object({
    module_id: moduleId,
    state: stateInput,
    valence,
    score: defaulted(integer, 0),
    avg_ess_valence: defaulted(float64, 0),
    avg_ess_score: defaulted(integer, 0),
    total_ess_score: defaulted(integer, 0),
    embedding_input: nullable(integer),
    context: nullable(text),
    aggregate_id: perComponent(integer),
    aggregate_module_id: perComponent(moduleId),
    aggregate_shape: perComponent(integer),
    aggregate_valence: perComponent(float64),
    aggregate_score: perComponent(integer),
    aggregate_context: perComponent(text.nullable()),
    aggregate_emb_inp: perComponent(integer.nullable()),
  })
  .meta({ id: "EssInsert" });

/** The same fields for a full replacement: what is left out takes its default. */
export const essUpdate = essInsert.meta({ id: "EssUpdate" });

/** One distinct state of a module: exactly these 19 keys, always all of them. */
export const ess = z
  .object({
    id: integer,
    module_id: z.string(),
    state,
    valence: float64,
    score: integer,
    avg_ess_valence: float64,
    avg_ess_score: integer,
    total_ess_score: integer,
    embedding_input: integer.nullable(),
    context: z.string().nullable(),
    aggregate_id: z.array(integer),
    aggregate_module_id: z.array(z.string()),
    aggregate_shape: z.array(integer),
    aggregate_valence: z.array(float64),
    aggregate_score: z.array(integer),
    aggregate_context: z.array(z.string().nullable()),
    aggregate_emb_inp: z.array(integer.nullable()),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Ess" });

/** A state told in texts: those behind its embedding inputs, else its numbers. */
export const prettyEss = ess
  .extend({
    state: z.array(z.string()).nullable(),
    /** The text of a single embedded state. */
    state_str: z.string().nullable(),
    /** The number of a plain state of shape 1. */
    state_float: float32.nullable(),
    /** `2023-05-31 16:28:17.604598 UTC` */
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: "PrettyEss" });

export const search = z
  .object({ module_id: moduleId, state: stateInput, limit: defaulted(integer.min(1), 1) })
  .meta({ id: "Search" });

export const searchResult = z
  .object({
    /** The 32-bit float nearest to the Euclidean distance, or the 64-bit one beyond 3.4028235e38; 0 means identical. */
    score: float64,
    ess,
  })
  .meta({ id: "SearchResult" });

const essFailure = { 400: z.union([aggregateErrorBody, errorBody]) } as const;
const moduleParams = z.object({ module_id: moduleId });
const rowParams = z.object({ module_id: moduleId, id: rowId });

export const essRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/ess",
      summary: "Store a state",
      description: "The first row of a module creates the module and fixes its shape. Equal states are not merged.",
      headers: { ...ifFirst, ...idempotencyKey },
      body: essInsert,
      responses: { 201: ess, ...essFailure, ...preconditionFailed, ...idempotencyMismatch },
      metadata: { ...policy.write, row: "ess" },
    },
    search: {
      method: "POST",
      path: "/ess/search",
      summary: "Find the nearest states",
      description:
        "By exact Euclidean distance, nearest first; equal distances by lower id. Equal scores may hide a difference. A module without rows answers `[]`.",
      headers: idempotencyKey,
      body: search,
      responses: { 200: z.array(searchResult), ...idempotencyMismatch },
      metadata: policy.search,
    },
    getAll: {
      method: "GET",
      path: "/ess/:module_id",
      summary: "All states of a module, by id",
      description: paging,
      pathParams: moduleParams,
      query: listQuery,
      headers: ifNoneMatch,
      responses: { 200: z.array(ess), ...notModified },
      metadata: policy.read,
    },
    getAllSequence: {
      method: "GET",
      path: "/ess/:module_id/sequence",
      summary: "The state of every sequence entry, newest entry first",
      description: `Repeats are kept: one state for each entry. ${paging}`,
      pathParams: moduleParams,
      query: listQuery.extend({ predicted: predictedFilter.optional() }),
      headers: ifNoneMatch,
      responses: { 200: z.array(ess), ...notModified },
      metadata: policy.read,
    },
    getOneSequence: {
      method: "GET",
      path: "/ess/:module_id/sequence/:id",
      summary: "The state of one sequence entry",
      description: "`-1` names the latest entry that was observed.",
      pathParams: rowParams,
      headers: ifNoneMatch,
      responses: { 200: ess, ...notModified },
      metadata: policy.read,
    },
    getOneEmbedding: {
      method: "GET",
      path: "/ess/:module_id/embedding/:id",
      summary: "The first state with this embedding input",
      pathParams: rowParams,
      headers: ifNoneMatch,
      responses: { 200: ess, ...notModified },
      metadata: policy.read,
    },
    getOnePretty: {
      method: "GET",
      path: "/ess/:module_id/pretty/:id",
      summary: "One state, told in texts",
      pathParams: rowParams,
      responses: { 200: prettyEss },
      metadata: policy.read,
    },
    upsert: {
      method: "PUT",
      path: "/ess/:module_id/upsert/:id",
      summary: "Put an aggregate together anew from its components",
      description:
        "From its direct components as they are stored: of nested aggregates, the inner ones come first. Its `score`, `context` " +
        "and `embedding_input` stay. A key that is limited to modules needs those of the components. A plain state is " +
        "returned as it is: the search index follows every write by itself.",
      pathParams: rowParams,
      body: c.noBody(),
      responses: { 200: ess, ...essFailure },
      metadata: policy.write,
    },
    getAllAggregates: {
      method: "GET",
      path: "/ess/:module_id/aggregate/:aggregate_module_id/:id",
      summary: "The aggregates that a state is a direct component of, newest first",
      description: paging,
      pathParams: rowParams.extend({ aggregate_module_id: moduleId }),
      query: listQuery,
      headers: ifNoneMatch,
      responses: { 200: z.array(ess), ...notModified },
      metadata: policy.read,
    },
    getOne: {
      method: "GET",
      path: "/ess/:module_id/:id",
      summary: "One state",
      pathParams: rowParams,
      headers: ifNoneMatch,
      responses: { 200: ess, ...notModified },
      metadata: policy.read,
    },
    update: {
      method: "PATCH",
      path: "/ess/:module_id/:id",
      summary: "Replace a state",
      description:
        "All fields are replaced, those left out by their defaults. `created_at` stays, `updated_at` moves. What a full " +
        "aggregate says of a component holds where it equals the component now or its copy in the stored row. An aggregate " +
        "is not replaced by a body without components.",
      pathParams: rowParams,
      headers: ifMatch,
      body: essUpdate,
      responses: { 200: ess, ...essFailure, ...preconditionFailed },
      metadata: policy.write,
    },
  },
  routerOptions,
);

export type EssInsert = z.input<typeof essInsert>;
export type NewEss = z.output<typeof essInsert>;
export type Ess = z.infer<typeof ess>;
export type PrettyEss = z.infer<typeof prettyEss>;
export type Search = z.input<typeof search>;
export type SearchResult = z.infer<typeof searchResult>;
