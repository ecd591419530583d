import { z } from "zod";

/** The body of every error but an aggregate's: nothing stands beside `errors`. */
export const errorBody = z.object({ errors: z.array(z.string()) }).meta({ id: "Error" });

/**
 * What is wrong with an aggregate: all of it at once, and only the keys that apply.
 * `incorrect_total_ess_sore` is the wire's own spelling.
 */
export const aggregateErrorBody = z
  .object({
    field_length_errors: z.array(z.string()),
    invalid_module_ids: z.array(z.string()),
    module_id_position: z.array(z.string()),
    invalid_ess_db_ids: z.array(z.string()),
    verifying_ess_exists: z.array(z.string()),
    ess_mismatch: z.array(z.string()),
    incorrect_avg_ess_score: z.string(),
    incorrect_avg_ess_valence: z.string(),
    incorrect_valence: z.string(),
    incorrect_total_ess_sore: z.string(),
    ess_from_aggregate: z.string(),
  })
  .partial()
  .strict()
  .meta({ id: "AggregateError" });

/** The stable names of everything that can go wrong; sent in `X-Error-Code`. */
export const errorCode = z
  .enum([
    "invalid_request",
    "invalid_json",
    "invalid_aggregate",
    "invalid_cursor",
    "shape_mismatch",
    "reply_too_large",
    "unauthenticated",
    "invalid_credentials",
    "forbidden",
    "origin_not_allowed",
    "route_not_found",
    "module_not_found",
    "ess_not_found",
    "sequence_not_found",
    "embedding_not_found",
    "embedding_exists",
    "document_not_found",
    "document_withdrawn",
    "response_not_found",
    "user_not_found",
    "username_taken",
    "last_administrator",
    "key_not_found",
    "key_expired",
    "method_not_allowed",
    "request_timeout",
    "payload_too_large",
    "unsupported_media_type",
    "precondition_failed",
    "idempotency_in_flight",
    "idempotency_mismatch",
    "upgrade_required",
    "rate_limited",
    "headers_too_large",
    "internal",
    "unavailable",
    "storage_read_only",
    "storage_failed",
    "data_damaged",
    "storage_full",
  ])
  .meta({ id: "ErrorCode" });

/**
 * What an error says to callers that ask for `application/problem+json` (RFC 9457). The keys of an
 * aggregate's error stand beside these.
 */
export const problem = z
  .object({
    /** Leads to what the code means, at the server itself. */
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    /** Tells this occurrence from all others, by the id of its request. */
    instance: z.string(),
    code: errorCode,
    /** All that is wrong; `pointer` leads to it in the body, as a JSON Pointer in a fragment: `#/state/1`. */
    errors: z.array(z.object({ detail: z.string(), pointer: z.string().optional() })),
  })
  .extend(aggregateErrorBody.shape)
  .meta({ id: "Problem" });

export type ErrorBody = z.infer<typeof errorBody>;
export type AggregateErrorBody = z.infer<typeof aggregateErrorBody>;
export type ErrorCode = z.infer<typeof errorCode>;
export type Problem = z.infer<typeof problem>;
