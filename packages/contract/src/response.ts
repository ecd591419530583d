import { z } from "zod";
import { ifNoneMatch, notModified } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { listQuery, paging } from "./paging.js";
import { createdAt, integer, rowId, updatedAt } from "./scalars.js";

export const response = z
  .object({
    id: integer.describe("1, 2, 3... in the order of creation."),
    name: z.string().describe("The module and the two states, such as `temperature 3 -> 4`."),
    percept: integer.describe("The id of the state that the step began with."),
    response: integer.describe("The id of the state that was predicted."),
    percept_ess_ids: z
      .array(integer)
      .describe("The ids of the components of `percept`; the state's own id for a plain one."),
    response_ess_ids: z
      .array(integer)
      .describe("The ids of the components of `response`; the state's own id for a plain one."),
    percept_names: z.array(z.string()).describe("The modules of the components of `percept`, in the same order."),
    response_names: z.array(z.string()).describe("The modules of the components of `response`, in the same order."),
    twin_module_id: z.string().describe("The module that was predicted."),
    status: z.string().describe("Always `n`."),
    created_at: createdAt,
    updated_at: updatedAt,
  })
  .meta({
    id: "Response",
    description: "A stored step of a prediction: the percept is what was, the response what was predicted to follow.",
    examples: [
      {
        id: 1,
        name: "temperature 3 -> 4",
        percept: 3,
        response: 4,
        percept_ess_ids: [3],
        response_ess_ids: [4],
        percept_names: ["temperature"],
        response_names: ["temperature"],
        twin_module_id: "temperature",
        status: "n",
        created_at: "2026-03-02T08:15:00.250000Z",
        updated_at: "2026-03-02T08:15:00.250000Z",
      },
    ],
  });

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
