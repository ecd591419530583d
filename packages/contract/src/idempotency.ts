import { z } from "zod";
import { errorBody } from "./errors.js";

const maxKeyLength = 255;

/**
 * A key by which a repeated call is recognised, quoted as a structured-field string (RFC 8941, section 3.3.3) or
 * bare. The key itself is what is between the quotes.
 */
const key = z
  .string()
  .max(2 * maxKeyLength + 2, { error: `must have between 1 and ${maxKeyLength} characters` })
  .regex(/^(?:"(?:[ !#-[\]-~]|\\["\\])*"|[!#-~]+)$/, {
    error: "must be printable ASCII without spaces, or a quoted string",
  })
  // Bounded as what comes next bounds it.
  .meta({
    minLength: 1,
    pattern: String.raw`^(?:"(?:[ !#-[\]-~]|\\["\\]){1,${maxKeyLength}}"|[!#-~]{1,${maxKeyLength}})$`,
  })
  .transform((value) => (value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value))
  .refine((value) => value.length >= 1 && value.length <= maxKeyLength, {
    error: `must have between 1 and ${maxKeyLength} characters`,
  });

/**
 * Headers of every POST but those about one's own login: the same call with the same key is carried out once, and returns the same for as long as
 * its reply is kept (draft-ietf-httpapi-idempotency-key-header).
 */
export const idempotencyKey = {
  "idempotency-key": key.optional().meta({
    description:
      "A key of the caller's own choice, such as a UUID, 1 to 255 characters. The same call with the same key is " +
      "carried out once: repeated within `kept_reply_seconds` of the limits (24 hours by default), it gets the first " +
      "reply again, with `Idempotency-Replayed: true`. Where that is a row, it is the row as it is by then; once the " +
      "row was deleted the key is free. Another body or path with the same key is 422, the same while the first is " +
      "under way 409.",
  }),
} as const;

/** The reply to a key that came with another call before. */
export const idempotencyMismatch = { 422: errorBody } as const;
