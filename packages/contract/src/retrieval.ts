import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { text } from "./scalars.js";

export const retrievalRequest = z
  .object({
    query: text
      .min(1, { error: "must not be empty" })
      .describe("The question in words. Days and times in it, such as `yesterday at 3 pm`, are in UTC."),
  })
  .meta({
    id: "RetrievalRequest",
    description: "A question to the embedded documents.",
    examples: [{ query: "When does the heating start?" }],
  });

export const retrievalResponse = z
  .object({
    response: z.string().describe("The best passages with the names of their documents, or a model's answer."),
  })
  .meta({
    id: "RetrievalResponse",
    description: "What the embedded documents say to a question.",
    examples: [{ response: "[manual/heating]\nThe heating starts when the room is below 19 degrees." }],
  });

export const retrievalRouter = c.router(
  {
    query: {
      method: "POST",
      path: "/retrieval",
      summary: "Ask the embedded documents",
      description:
        "Returns the best passages, or a model's answer made from them where one is configured; where nothing is " +
        "found, it says so. `X-Retrieval-Source` says which: `passages`, `model` or `none`. Days and times are in UTC.",
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
