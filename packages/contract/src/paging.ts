import { z } from "zod";
import { limitedBy } from "./limited.js";
import type { AppRoute } from "./route.js";

/** How many rows a page may hold, and how many it holds where the caller does not say. */
export const pageLimit = { max: 1000, fallback: 100 } as const;

const limit = z
  .custom<number | string>((value) => /^\d{1,4}$/.test(String(value)), { error: "must be a whole number" })
  .transform(Number)
  .refine((value) => value >= 1 && value <= pageLimit.max, { error: `must lie between 1 and ${pageLimit.max}` })
  .meta({
    type: "integer",
    minimum: 1,
    maximum: pageLimit.max,
    ...limitedBy("page_size"),
    description: `Maximum rows of a page; ${pageLimit.fallback} by default. A page of long rows holds fewer.`,
  });

/** A cursor as a `Link` header has it; opaque, and good for its own query alone. */
const cursor = z
  .string()
  .max(4096, { error: "must have at most 4096 characters" })
  .meta({
    // Anything else is no cursor of any list.
    minLength: 1,
    pattern: String.raw`^[\w-]+$`,
    description: "Where the page begins: the cursor in the `Link` header of the page before, with the same query.",
  });

const order = z.enum(["asc", "desc"]).meta({
  description: "`asc` is oldest first, `desc` newest first; the list's own order by default.",
});

/**
 * The query of a list. Without any of these the list comes whole. With any of them it comes as a page,
 * whose `Link` header leads to the next one where there is one. Lists with filters extend it.
 */
export const listQuery = z.strictObject({
  limit: limit.optional(),
  after: cursor.optional(),
  order: order.optional(),
});

/** What the description of a list says of its pages. */
export const paging =
  'Comes whole unless `limit`, `after` or `order` is given: then a page, and where there is more, `Link: <...>; rel="next"`.';

/** Whether a route returns a list that can be read page by page. */
export function isPaged({ query }: AppRoute): boolean {
  return query instanceof z.ZodObject && "after" in query.shape;
}

export type ListQuery = z.input<typeof listQuery>;
