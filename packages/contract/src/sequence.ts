import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { defaulted, integer, moduleId, nullable, rowId, text, timestamp } from "./scalars.js";

/** An occurrence to log: the state `instance_id` of the module happened. */
export const sequenceInsert = z
  .object({
    module_id: moduleId,
    instance_id: integer,
    /** An opaque short code: "n" new, "e" existing, "sk" skipped, or your own. */
    status: defaulted(text.min(1).max(32), "n"),
    context: nullable(text),
  })
  .meta({ id: "SequenceInsert" });

/** The same fields for a full replacement: what is left out takes its default. */
export const sequenceUpdate = sequenceInsert.meta({ id: "SequenceUpdate" });

/** One entry of a module's log. */
export const sequence = z
  .object({
    id: integer,
    module_id: z.string(),
    instance_id: integer,
    status: z.string(),
    context: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Sequence" });

const moduleParams = z.object({ module_id: moduleId });
const rowParams = z.object({ module_id: moduleId, id: rowId });

export const sequenceRouter = c.router(
  {
    create: {
      method: "POST",
      path: "/sequence",
      summary: "Append an entry",
      description: "`instance_id` must be a state of the module.",
      body: sequenceInsert,
      responses: { 201: sequence },
      metadata: policy.write,
    },
    getAll: {
      method: "GET",
      path: "/sequence/:module_id",
      summary: "The whole log of a module, oldest first",
      pathParams: moduleParams,
      responses: { 200: z.array(sequence) },
      metadata: policy.read,
    },
    getOne: {
      method: "GET",
      path: "/sequence/:module_id/:id",
      summary: "One entry",
      description: "`-1` names the latest entry.",
      pathParams: rowParams,
      responses: { 200: sequence },
      metadata: policy.read,
    },
    update: {
      method: "PATCH",
      path: "/sequence/:module_id/:id",
      summary: "Replace an entry",
      pathParams: rowParams,
      body: sequenceUpdate,
      responses: { 200: sequence },
      metadata: policy.write,
    },
    delete: {
      method: "DELETE",
      path: "/sequence/:module_id/:id",
      summary: "Delete an entry",
      description: "Its id is never given again. Replies with the entry that was deleted.",
      pathParams: rowParams,
      responses: { 200: sequence },
      metadata: policy.write,
    },
  },
  routerOptions,
);

export type SequenceInsert = z.input<typeof sequenceInsert>;
export type NewSequence = z.output<typeof sequenceInsert>;
export type Sequence = z.infer<typeof sequence>;
