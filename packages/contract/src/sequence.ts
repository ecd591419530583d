import { z } from "zod";
import { maxCharacters } from "./characters.js";
import { ifFirst, ifMatch, ifNoneMatch, notModified, preconditionFailed } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { instant } from "./instant.js";
import { listQuery, paging } from "./paging.js";
import { createdAt, defaulted, integer, moduleId, moduleOfRow, nullable, rowId, text, updatedAt } from "./scalars.js";

const meanings = {
  instance_id: "The id of the state that occurred, in the same module.",
  context: "What else is known of the occurrence, in the caller's own words.",
} as const;

const statusCodes = "A short code of the caller's choice. By custom: n is new, e existing, sk skipped.";

export const sequenceInsert = z
  .object({
    module_id: moduleId,
    instance_id: integer.describe(meanings.instance_id),
    status: defaulted(maxCharacters(text.min(1), 32), "n").describe(statusCodes),
    context: nullable(text).describe(meanings.context),
  })
  .meta({
    id: "SequenceInsert",
    description: "An occurrence to log: a state of the module happened.",
    examples: [{ module_id: "temperature", instance_id: 1, status: "e", context: "after the window was closed" }],
  });

export const sequenceUpdate = sequenceInsert.meta({
  id: "SequenceUpdate",
  description: "An entry in full, in place of the stored one: what is left out takes its default.",
  examples: [{ module_id: "temperature", instance_id: 2, status: "sk" }],
});

export const sequence = z
  .object({
    id: integer.describe("1, 2, 3... in its module, in the order of creation."),
    module_id: moduleOfRow,
    instance_id: integer.describe(meanings.instance_id),
    status: z.string().describe(statusCodes),
    context: z.string().nullable().describe(meanings.context),
    created_at: createdAt,
    updated_at: updatedAt,
  })
  .meta({
    id: "Sequence",
    description: "One entry of a module's log: which state occurred, and when.",
    examples: [
      {
        id: 7,
        module_id: "temperature",
        instance_id: 1,
        status: "e",
        context: "after the window was closed",
        created_at: "2026-03-02T08:15:00.250000Z",
        updated_at: "2026-03-02T08:15:00.250000Z",
      },
    ],
  });

/** Whether a list holds the entries that were stored by a prediction: as well as observations, not at all, or alone. */
export const predictedFilter = z.enum(["include", "exclude", "only"]).meta({
  id: "PredictedFilter",
  examples: ["exclude"],
  description:
    "Entries that `store_sequence` has appended were predicted, not observed. `include` lists them with the others, " +
    "`exclude` leaves them out, `only` lists nothing else. The default is `include`.",
});

/** Filters work on the whole list and on pages of it. */
export const sequenceQuery = listQuery.extend({
  status: text.optional().meta({ description: "Only entries with this status." }),
  from: instant.optional().meta({ description: "Only entries created at this instant or later." }),
  to: instant.optional().meta({ description: "Only entries created before this instant." }),
  predicted: predictedFilter.optional(),
});

const moduleParams = z.object({ module_id: moduleId });
const rowParams = z.object({ module_id: moduleId, id: rowId });

export const sequenceRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/sequence",
      summary: "Append an entry",
      description: "`instance_id` must be a state of the module.",
      headers: { ...ifFirst, ...idempotencyKey },
      body: sequenceInsert,
      responses: { 201: sequence, ...preconditionFailed, ...idempotencyMismatch },
      metadata: { ...policy.write, row: "sequence" },
    },
    getAll: {
      method: "GET",
      path: "/sequence/:module_id",
      summary: "The whole log of a module, oldest first",
      description: `Filters may be combined. With \`from\` or \`to\`, entries come by \`created_at\`, then id. ${paging}`,
      pathParams: moduleParams,
      query: sequenceQuery,
      headers: ifNoneMatch,
      responses: { 200: z.array(sequence), ...notModified },
      metadata: policy.read,
    },
    getOne: {
      method: "GET",
      path: "/sequence/:module_id/:id",
      summary: "One entry",
      description: "`-1` names the latest entry that was observed.",
      pathParams: rowParams,
      headers: ifNoneMatch,
      responses: { 200: sequence, ...notModified },
      metadata: policy.read,
    },
    update: {
      method: "PATCH",
      path: "/sequence/:module_id/:id",
      summary: "Replace an entry",
      description: "One that was predicted stays marked as predicted, whatever its status.",
      pathParams: rowParams,
      headers: ifMatch,
      body: sequenceUpdate,
      responses: { 200: sequence, ...preconditionFailed },
      metadata: policy.write,
    },
    delete: {
      method: "DELETE",
      path: "/sequence/:module_id/:id",
      summary: "Delete an entry",
      description: "Its id is never given again. Replies with the entry that was deleted.",
      pathParams: rowParams,
      headers: ifMatch,
      responses: { 200: sequence, ...preconditionFailed },
      metadata: policy.write,
    },
  },
  routerOptions,
);

export type PredictedFilter = z.infer<typeof predictedFilter>;
export type SequenceQuery = z.input<typeof sequenceQuery>;
export type SequenceInsert = z.input<typeof sequenceInsert>;
export type NewSequence = z.output<typeof sequenceInsert>;
export type Sequence = z.infer<typeof sequence>;
