import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { text } from "./scalars.js";

/** A question to the embedded documents. */
export const retrievalRequest = z
  .object({ query: text.min(1, { error: "must not be empty" }) })
  .meta({ id: "RetrievalRequest" });

export const retrievalResponse = z.object({ response: z.string() }).meta({ id: "RetrievalResponse" });

export const retrievalRouter = c.router(
  {
    query: {
      method: "POST",
      path: "/retrieval",
      summary: "Ask the embedded documents",
      description:
        "Answers with the best passages, or with a model's answer made from them where one is configured; where nothing is " +
        "found, it says so. `X-Retrieval-Source` tells which: `passages`, `model` or `none`. Days and times are in UTC.",
      headers: idempotencyKey,
      body: retrievalRequest,
      responses: { 200: retrievalResponse, ...idempotencyMismatch },
      metadata: { ...policy.search, modules: "beyond" },
    },
  },
  routerOptions,
);

export type RetrievalRequest = z.input<typeof retrievalRequest>;
export type RetrievalResponse = z.infer<typeof retrievalResponse>;
