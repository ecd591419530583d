import { z } from "zod";
import { ifNoneMatch, notModified } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { listQuery, paging } from "./paging.js";
import { integer, rowId, timestamp } from "./scalars.js";

/** A stored step of a prediction: the percept is what was, the response what was predicted to follow. */
export const response = z
  .object({
    id: integer,
    name: z.string(),
    /** The ESS that the step began with. */
    percept: integer,
    /** The ESS that was predicted. */
    response: integer,
    percept_ess_ids: z.array(integer),
    response_ess_ids: z.array(integer),
    percept_names: z.array(z.string()),
    response_names: z.array(z.string()),
    twin_module_id: z.string(),
    status: z.string(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Response" });

export const responseRouter = c.router(
  {
    getAll: {
      method: "GET",
      path: "/response",
      summary: "All stored responses, by id",
      description: paging,
      query: listQuery,
      responses: { 200: z.array(response) },
      metadata: { ...policy.read, modules: "beyond" },
    },
    getOne: {
      method: "GET",
      path: "/response/:id",
      summary: "One stored response",
      pathParams: z.object({ id: rowId }),
      headers: ifNoneMatch,
      responses: { 200: response, ...notModified },
      metadata: { ...policy.read, modules: "beyond" },
    },
  },
  routerOptions,
);

export type Response = z.infer<typeof response>;
