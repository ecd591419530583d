import { z } from "zod";

export const errorBody = z
  .object({
    errors: z.array(z.string()).describe("What was wrong, each in a sentence that names the field and the fix."),
  })
  .meta({
    id: "Error",
    description: "The body of every error but an aggregate's. The header `X-Error-Code` has its stable code.",
    examples: [{ errors: ["state[0]: must be a number, not a string"] }],
  });

const sentences = z.array(z.string());

export const aggregateErrorBody = z
  .object({
    field_length_errors: sentences.describe("Lists whose lengths differ, or shapes that do not add up to the state."),
    invalid_module_ids: sentences.describe("Modules that are not there."),
    module_id_position: sentences.describe("The positions of those modules in `aggregate_module_id`."),
    invalid_ess_db_ids: sentences.describe("Components that are not there."),
    verifying_ess_exists: sentences.describe("Components that could not be looked up."),
    ess_mismatch: sentences.describe("What the body says of a component and the component does not."),
    incorrect_avg_ess_score: z.string().describe("That `avg_ess_score` is not the mean of the components' scores."),
    incorrect_avg_ess_valence: z
      .string()
      .describe("That `avg_ess_valence` is not the mean of the components' valences."),
    incorrect_valence: z.string().describe("That `valence` is not the sum of the components' valences."),
    incorrect_total_ess_sore: z
      .string()
      .describe("That `total_ess_score` is not the sum of the components' scores. The key is spelled so on the wire."),
    ess_from_aggregate: z
      .string()
      .describe(
        "Why the components, right by themselves, make no state of this module: too many or too few numbers, or a cycle.",
      ),
  })
  .partial()
  .strict()
  .meta({
    id: "AggregateError",
    description: "What is wrong with an aggregate: all of it at once, and only the keys that apply.",
    examples: [{ ess_mismatch: ['component 0 (module "temperature", ESS 1): score is 3, there it is 2'] }],
  });

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
  .meta({
    id: "ErrorCode",
    description: "The stable name of what went wrong, in `X-Error-Code`; `/docs/errors` explains each.",
    examples: ["ess_not_found"],
  });

export const problem = z
  .object({
    type: z.string().describe("Where the server explains the code."),
    title: z.string().describe("What went wrong, in a few words that are the same for each code."),
    status: z.int().describe("The status of the reply."),
    detail: z.string().describe("What went wrong this time."),
    instance: z.string().describe("Names this one occurrence, by the id of its request."),
    code: errorCode,
    errors: z
      .array(
        z.object({
          detail: z.string().describe("What was wrong, in a sentence that names the field and the fix."),
          pointer: z
            .string()
            .optional()
            .describe("Where it is in the body, as a JSON Pointer in a fragment: `#/state/1`."),
        }),
      )
      .describe("All that was wrong."),
  })
  .extend(aggregateErrorBody.shape)
  .meta({
    id: "Problem",
    description:
      "An error for callers that ask for `application/problem+json` (RFC 9457). The keys of an aggregate's error are " +
      "beside these.",
    examples: [
      {
        type: "/docs/errors#invalid_request",
        title: "The request is not valid",
        status: 400,
        detail: "state[0]: must be a number, not a string",
        instance: "/docs/errors?request=590ab86d-f25c-4c9d-b77a-cde5c4709c97",
        code: "invalid_request",
        errors: [{ detail: "state[0]: must be a number, not a string", pointer: "#/state/0" }],
      },
    ],
  });

export type ErrorBody = z.infer<typeof errorBody>;
export type AggregateErrorBody = z.infer<typeof aggregateErrorBody>;
export type ErrorCode = z.infer<typeof errorCode>;
export type Problem = z.infer<typeof problem>;
