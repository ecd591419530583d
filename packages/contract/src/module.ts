import { z } from "zod";
import { ifNoneMatch, notModified } from "./conditional.js";
import { c, policy, routerOptions } from "./dsl.js";
import { listQuery, paging } from "./paging.js";
import { createdAt, integer, moduleId, timestamp } from "./scalars.js";

export const module = z
  .object({
    module_id: z.string().describe("The name that all its rows and routes go by."),
    display_name: z.string().nullable().describe("What people call it, as its configuration says; null without one."),
    shape: integer.describe(
      "How many numbers each of its states has; fixed by its first state, 0 before there is one.",
    ),
    ess_count: integer.describe("How many states it has."),
    sequence_count: integer.describe("How many entries its sequence has, predicted ones included."),
    embedding_count: integer.describe("How many embedding inputs it has."),
    revision: integer.describe("How many writes to it were committed: 1, 2, 3... without a gap."),
    created_at: createdAt,
    last_activity_at: timestamp.describe("When it was last written to."),
  })
  .meta({
    id: "Module",
    description: "One digital twin, or an aggregate of twins. Its first row creates it.",
    examples: [
      {
        module_id: "temperature",
        display_name: "Temperature, room 1",
        shape: 1,
        ess_count: 12,
        sequence_count: 4032,
        embedding_count: 0,
        revision: 4051,
        created_at: "2026-03-02T08:15:00.250000Z",
        last_activity_at: "2026-03-30T08:10:00.118204Z",
      },
    ],
  });

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
