import { z } from "zod";
import { ifFirst, ifMatch, ifNoneMatch, notModified, preconditionFailed } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { aggregateErrorBody, errorBody } from "./errors.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { limitedBy } from "./limited.js";
import { listQuery, paging } from "./paging.js";
import { predictedFilter } from "./sequence.js";
import {
  createdAt,
  defaulted,
  float32,
  float64,
  integer,
  moduleId,
  moduleOfRow,
  nullable,
  rowId,
  text,
  updatedAt,
} from "./scalars.js";

const state = z
  .array(float32)
  .describe("The vector: as many 32-bit floats as the module's shape says. What is sent is rounded to the nearest.");
const stateInput = state.meta(limitedBy("state_length"));

/**
 * TypeScript requires an explicit null, so that a forgotten valence does not compile.
 */
const valence = float64.nullish().meta({
  description:
    "How good the state is, by custom from -90 to 90, 50 being neutral. Null, or none at all, takes " +
    "that of the module's nearest emotified state instance; 400 where there is none. Of a minimal aggregate the server " +
    "takes the sum of its components'.",
}) as z.ZodType<number | null | undefined, number | null>;

const roomComponents = { aggregate_id: [1, 1], aggregate_module_id: ["temperature", "occupancy"] };

/** A row as the routes below return it: a room, put together from two twins. */
const roomExample = {
  id: 1,
  module_id: "room",
  state: [28, 4],
  valence: 150,
  score: 0,
  avg_ess_valence: 75,
  avg_ess_score: 1,
  total_ess_score: 3,
  embedding_input: null,
  context: null,
  ...roomComponents,
  aggregate_shape: [1, 1],
  aggregate_valence: [90, 60],
  aggregate_score: [2, 1],
  aggregate_context: ["the heating is on", null],
  aggregate_emb_inp: [null, null],
  created_at: "2026-03-02T08:15:00.250000Z",
  updated_at: "2026-03-02T08:15:00.250000Z",
};

/** What is said of each component. */
function perComponent<S extends z.ZodType>(entry: S) {
  return defaulted(z.array(entry).meta(limitedBy("aggregate_components")), []);
}

/** What the fields of a state mean, sent or returned. */
const meanings = {
  score: "By custom how often the state occurred; the caller keeps it.",
  avg_ess_valence: "An aggregate's: the mean of its components' valences.",
  avg_ess_score: "An aggregate's: the mean of its components' scores, its fraction cut off.",
  total_ess_score: "An aggregate's: the sum of its components' scores.",
  embedding_input: "The id of the embedding input that puts the state into words, in the same module.",
  context: "What else is known of the state, in the caller's own words.",
  aggregate_id: "The components' ids, each in its own module; empty for a plain state.",
  aggregate_module_id: "The components' modules, in the same order.",
  aggregate_shape: "How many numbers of `state` each component has.",
  aggregate_valence: "The components' valences.",
  aggregate_score: "The components' scores.",
  aggregate_context: "The components' contexts.",
  aggregate_emb_inp: "The components' embedding inputs.",
} as const;

export const essInsert = z
  .object({
    module_id: moduleId,
    state: stateInput,
    valence,
    score: defaulted(integer, 0).describe(meanings.score),
    avg_ess_valence: defaulted(float64, 0).describe(meanings.avg_ess_valence),
    avg_ess_score: defaulted(integer, 0).describe(meanings.avg_ess_score),
    total_ess_score: defaulted(integer, 0).describe(meanings.total_ess_score),
    embedding_input: nullable(integer).describe(meanings.embedding_input),
    context: nullable(text).describe(meanings.context),
    aggregate_id: perComponent(integer).describe(meanings.aggregate_id),
    aggregate_module_id: perComponent(moduleId).describe(meanings.aggregate_module_id),
    aggregate_shape: perComponent(integer).describe(meanings.aggregate_shape),
    aggregate_valence: perComponent(float64).describe(meanings.aggregate_valence),
    aggregate_score: perComponent(integer).describe(meanings.aggregate_score),
    aggregate_context: perComponent(text.nullable()).describe(meanings.aggregate_context),
    aggregate_emb_inp: perComponent(integer.nullable()).describe(meanings.aggregate_emb_inp),
  })
  .meta({
    id: "EssInsert",
    description:
      "A state to store, plain or an aggregate. An aggregate comes minimal (an empty `state`, `aggregate_id` and " +
      "`aggregate_module_id` alone: the server fills in the rest) or in full (the server checks it).",
    examples: [
      { module_id: "temperature", state: [28], valence: 90, score: 2, context: "the heating is on" },
      { module_id: "room", state: [], valence: 0, ...roomComponents },
    ],
  });

export const essUpdate = essInsert.meta({
  id: "EssUpdate",
  description: "A state in full, in place of the stored one: what is left out takes its default.",
  examples: [{ module_id: "temperature", state: [26], valence: 95, score: 3 }],
});

export const ess = z
  .object({
    id: integer.describe("1, 2, 3... in its module, in the order of creation."),
    module_id: moduleOfRow,
    state,
    valence: float64.describe("How good the state is, by custom from -90 to 90, 50 being neutral."),
    score: integer.describe(meanings.score),
    avg_ess_valence: float64.describe(meanings.avg_ess_valence),
    avg_ess_score: integer.describe(meanings.avg_ess_score),
    total_ess_score: integer.describe(meanings.total_ess_score),
    embedding_input: integer.nullable().describe(meanings.embedding_input),
    context: z.string().nullable().describe(meanings.context),
    aggregate_id: z.array(integer).describe(meanings.aggregate_id),
    aggregate_module_id: z.array(z.string()).describe(meanings.aggregate_module_id),
    aggregate_shape: z.array(integer).describe(meanings.aggregate_shape),
    aggregate_valence: z.array(float64).describe(meanings.aggregate_valence),
    aggregate_score: z.array(integer).describe(meanings.aggregate_score),
    aggregate_context: z.array(z.string().nullable()).describe(meanings.aggregate_context),
    aggregate_emb_inp: z.array(integer.nullable()).describe(meanings.aggregate_emb_inp),
    created_at: createdAt,
    updated_at: updatedAt,
  })
  .meta({
    id: "Ess",
    description: "One distinct state of a module (an entry of its episodic state space). All 19 keys are always there.",
    examples: [roomExample],
  });

export const prettyEss = ess
  .extend({
    state: z
      .array(z.string())
      .nullable()
      .describe(
        "An aggregate's, one text for each component; a plain state's, one for each number. Null where `state_str` is not.",
      ),
    state_str: z.string().nullable().describe("The text of the embedding input, of a plain state that has one."),
    state_float: float32.nullable().describe("The number of a plain state of shape 1."),
    created_at: z.string().describe("When it was stored: `2023-05-31 16:28:17.604598 UTC`."),
    updated_at: z.string().describe("When it was last changed, written in the same way."),
  })
  .meta({
    id: "PrettyEss",
    description: "A state in texts: those of its embedding inputs where it has any, else its numbers.",
    examples: [
      {
        ...roomExample,
        state: ["28", "4"],
        state_str: null,
        state_float: null,
        created_at: "2026-03-02 08:15:00.250000 UTC",
        updated_at: "2026-03-02 08:15:00.250000 UTC",
      },
    ],
  });

export const search = z
  .object({
    module_id: moduleId,
    state: stateInput,
    limit: defaulted(integer.min(1), 1).describe("How many states to return at most."),
  })
  .meta({
    id: "Search",
    description: "The state whose nearest neighbours are wanted.",
    examples: [{ module_id: "room", state: [27.5, 4], limit: 3 }],
  });

export const searchResult = z
  .object({
    score: float64.describe(
      "The Euclidean distance, as the nearest 32-bit float; beyond 3.4028235e38 as a 64-bit one. 0 means an equal state.",
    ),
    ess: ess.describe("The state that was found."),
  })
  .meta({
    id: "SearchResult",
    description: "A state and how far away it is.",
    examples: [{ score: 0.5, ess: roomExample }],
  });

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
        "By exact Euclidean distance, nearest first; equal distances by lower id. Equal scores may hide a difference. For a module without rows the reply is `[]`.",
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
      summary: "One state, in texts",
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
