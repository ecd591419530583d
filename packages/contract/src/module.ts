import { z } from "zod";
import { ifNoneMatch, notModified } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { listQuery, paging } from "./paging.js";
import { integer, moduleId, timestamp } from "./scalars.js";

/** One digital twin, or an aggregate of twins. */
export const module = z
  .object({
    module_id: z.string(),
    /** What people call it, as its configuration says; null where none does. */
    display_name: z.string().nullable(),
    /** How many numbers each of its states has; fixed by its first state, 0 before there is one. */
    shape: integer,
    ess_count: integer,
    sequence_count: integer,
    embedding_count: integer,
    /** Counts the committed writes to the module: 1, 2, 3... without a gap. */
    revision: integer,
    created_at: timestamp,
    last_activity_at: timestamp,
  })
  .meta({ id: "Module" });

export const moduleRouter = c.router(
  {
    getAll: {
      method: "GET",
      path: "/module",
      summary: "All modules, by id",
      description: `A key that is limited to modules gets those alone. ${paging}`,
      query: listQuery,
      responses: { 200: z.array(module) },
      metadata: { ...policy.read, modules: "visible" },
    },
    getOne: {
      method: "GET",
      path: "/module/:module_id",
      summary: "One module",
      pathParams: z.object({ module_id: moduleId }),
      headers: ifNoneMatch,
      responses: { 200: module, ...notModified },
      metadata: policy.read,
    },
  },
  routerOptions,
);

export type Module = z.infer<typeof module>;
