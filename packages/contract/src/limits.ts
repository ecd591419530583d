import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { float64 } from "./scalars.js";

const amount = z.int().min(1);

const rateLimit = z
  .object({ calls: amount.describe("How many calls."), seconds: float64.describe("In how many seconds.") })
  .nullable();

export const limits = z
  .object({
    body_bytes: amount.describe("Maximum bytes of a body."),
    login_body_bytes: amount.describe("Maximum bytes of the body of a call without a login."),
    header_bytes: amount.describe("Bytes of the request line and the headers together."),
    header_count: amount.describe("Headers of a request."),
    json_depth: amount.describe("How deep arrays and objects of a body may be nested."),
    json_parts: amount.describe("Lists, objects and keys of a body together."),
    json_entries: amount.describe("Entries of all lists of a body together."),
    state_length: amount.describe("Numbers of a state, an aggregate's included."),
    aggregate_components: amount.describe("Components of an aggregate."),
    aggregate_text_length: amount.describe(
      "Characters of the module ids and contexts of an aggregate's components together.",
    ),
    module_id_length: amount.describe("Characters of a module's id."),
    text_length: amount.describe("Characters of any other text without a limit of its own."),
    page_size: amount.describe("Rows of a page."),
    prediction_steps: amount.describe("States of a predicted chain."),
    prediction_numbers: amount.describe(
      "Numbers of all states of a predicted reply together: the current one's and those of its `n` steps.",
    ),
    reply_text_length: amount.describe(
      "Characters of the texts that a reply puts together: those behind the states of a prediction or of a pretty state, " +
        "and, in a prediction, the module ids of its twins, each with 64 more for the other fields of a twin.",
    ),
    prediction_rows: amount.describe(
      "Newest rows of a sequence that a prediction looks at; a `recall` or `range` beyond counts as far as these reach.",
    ),
    kept_reply_seconds: float64.describe(
      "Seconds for which the reply of a call under an `Idempotency-Key` is kept, to be returned again.",
    ),
    kept_reply_bytes: amount.describe(
      "Bytes that are kept, under an `Idempotency-Key`, of the reply of a call that writes nothing.",
    ),
    kept_reply_bytes_per_user: amount.describe(
      "The same of all such replies of a user; within `kept_reply_seconds` a user may use up as much again.",
    ),
    request_seconds: float64.describe("Seconds for a request to arrive whole."),
    reply_seconds: float64.describe("Seconds for which the caller may take nothing of a reply."),
    connections: amount.describe("Connections at the same moment."),
    live_sockets: amount.describe("Live sockets at the same moment, of all users."),
    live_sockets_per_user: amount.describe("Live sockets at the same moment, of one user."),
    live_bytes_per_second: amount
      .nullable()
      .describe("Bytes that the live sockets of one user are sent in a second, together; null without such a limit."),
    rates: z
      .object({
        read: rateLimit.describe("Calls that read, of one session or key."),
        write: rateLimit.describe("Calls that write, of one session or key."),
        search: rateLimit.describe("Searches and predictions, of one session or key."),
        login: rateLimit.describe("Logins from one address."),
        address: rateLimit.describe("Calls from one address."),
      })
      .describe("How many calls in how many seconds; null where there is no such limit."),
  })
  .meta({
    id: "Limits",
    description:
      "What the server accepts. Lengths of texts count characters as JSON Schema does, by code points; sums of texts count UTF-16 code units.",
    examples: [
      {
        body_bytes: 8_388_608,
        login_body_bytes: 16_384,
        header_bytes: 16_384,
        header_count: 1000,
        json_depth: 32,
        json_parts: 10_000,
        json_entries: 190_224,
        state_length: 65_536,
        aggregate_components: 16_384,
        aggregate_text_length: 262_144,
        module_id_length: 256,
        text_length: 262_144,
        page_size: 1000,
        prediction_steps: 10_000,
        prediction_numbers: 1_048_576,
        reply_text_length: 8_388_608,
        prediction_rows: 1_000_000,
        kept_reply_seconds: 86_400,
        kept_reply_bytes: 1_048_576,
        kept_reply_bytes_per_user: 67_108_864,
        request_seconds: 60,
        reply_seconds: 60,
        connections: 10_000,
        live_sockets: 1000,
        live_sockets_per_user: 100,
        live_bytes_per_second: 8_388_608,
        rates: {
          read: {
            calls: 10_000,
            seconds: 2,
          },
          write: {
            calls: 10_000,
            seconds: 2,
          },
          search: {
            calls: 2000,
            seconds: 2,
          },
          login: {
            calls: 600,
            seconds: 60,
          },
          address: {
            calls: 40_000,
            seconds: 2,
          },
        },
      },
    ],
  });

export const limitsRouter = c.router(
  {
    get: {
      method: "GET",
      path: "/limits",
      summary: "The limits of this server",
      responses: { 200: limits },
      metadata: { ...policy.read, modules: "none" },
    },
  },
  routerOptions,
);

export type Limits = z.infer<typeof limits>;
