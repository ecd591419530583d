import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { float64 } from "./scalars.js";

const amount = z.int().min(1);

/** So many calls in so many seconds; null where there is no such limit. */
const rateLimit = z.object({ calls: amount, seconds: float64 }).nullable();

/** What the server takes. Lengths of texts count characters as JSON Schema does, by code points; sums of texts count UTF-16 code units. */
export const limits = z
  .object({
    /** Bytes of the largest body, and of the largest one of a call without a login. */
    body_bytes: amount,
    login_body_bytes: amount,
    /** Bytes of the request line and the headers together. */
    header_bytes: amount,
    /** Headers of a request. */
    header_count: amount,
    /** How deep arrays and objects of a body may stand in one another. */
    json_depth: amount,
    /** Lists, objects and keys of a body together. */
    json_parts: amount,
    /** Entries of all lists of a body together. */
    json_entries: amount,
    /** Numbers of a state, an aggregate's included. */
    state_length: amount,
    /** Components of an aggregate. */
    aggregate_components: amount,
    /** Characters of the module ids and contexts of an aggregate's components together. */
    aggregate_text_length: amount,
    module_id_length: amount,
    /** The length of any other text without a limit of its own. */
    text_length: amount,
    /** Rows of a page. */
    page_size: amount,
    /** States of a predicted chain. */
    prediction_steps: amount,
    /** Numbers of all states of a predicted reply together: the current one's and those of its `n` steps. */
    prediction_numbers: amount,
    /**
     * Characters of the texts that a reply puts together: those behind the states of a prediction or of a pretty state,
     * and, in a prediction, the module ids of its twins, each with 64 more for the other fields of a twin.
     */
    reply_text_length: amount,
    /** Newest rows of a log that a prediction looks at; a `recall` or `range` beyond counts as far as these reach. */
    prediction_rows: amount,
    /** Seconds for which the reply of a call under an `Idempotency-Key` is kept, to be returned again. */
    kept_reply_seconds: float64,
    /**
     * Bytes that are kept, under an `Idempotency-Key`, of an answer of a call that writes nothing, and of all such
     * answers of a user; within `kept_reply_seconds` a user may use up as much again.
     */
    kept_reply_bytes: amount,
    kept_reply_bytes_per_user: amount,
    /** Seconds for a request to arrive whole. */
    request_seconds: float64,
    /** Seconds for which the caller may take nothing of a reply. */
    reply_seconds: float64,
    /** Connections at the same moment. */
    connections: amount,
    /** Live sockets at the same moment, of all users and of each. */
    live_sockets: amount,
    live_sockets_per_user: amount,
    /** Bytes that the live sockets of one user are sent in a second, together; null where there is no such limit. */
    live_bytes_per_second: amount.nullable(),
    /** What one session or key may do by reading, writing and searching; what one address may do, and its logins. */
    rates: z.object({
      read: rateLimit,
      write: rateLimit,
      search: rateLimit,
      login: rateLimit,
      address: rateLimit,
    }),
  })
  .meta({ id: "Limits" });

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
