import { z } from "zod";
import { c } from "./dsl.js";
import { errorBody } from "./errors.js";

const entityTag = String.raw`(?:W/)?"[!#-~]*"`;

/** `*`, or entity tags as the `ETag` headers of replies have them (RFC 9110, section 8.8.3). */
const entityTags = z
  .string()
  .regex(new RegExp(String.raw`^(?:\*|${entityTag}(?:[ \t]*,[ \t]*${entityTag})*)$`), {
    error: 'must be * or entity tags such as "12", with their quotes',
  })
  .max(8192, { error: "must have at most 8192 characters" });

/** Headers of a read whose reply has an `ETag`. */
export const ifNoneMatch = {
  "if-none-match": entityTags
    .optional()
    .meta({ description: "The `ETag` of what the caller has: the reply is 304 without a body while that is current." }),
} as const;

/** The reply when the caller's own copy is current. */
export const notModifiedStatus = 304;
export const notModified = { [notModifiedStatus]: c.noBody() } as const;

/** Headers of a write to a row. */
export const ifMatch = {
  "if-match": entityTags
    .optional()
    .meta({ description: "The `ETag` of the row as the caller knows it: the reply is 412 when the row has changed." }),
} as const;

/** Headers of a create that may be the first of its kind. */
export const ifFirst = {
  "if-none-match": z
    .literal("*", { error: "must be * on a create" })
    .optional()
    .meta({ description: "`*`: only if the list that the row would join is empty; the reply is 412 otherwise." }),
} as const;

/** The reply when a condition of the caller does not hold. */
export const preconditionFailed = { 412: errorBody } as const;
