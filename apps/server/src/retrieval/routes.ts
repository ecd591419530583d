import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { rowReply } from "../reply.js";
import type { RetrievalService } from "./service.js";

export function retrievalRoutes(retrieval: RetrievalService): Handlers<typeof contract.retrieval> {
  return {
    query: async ({ body, principal }) => {
      const { text, source } = await retrieval.ask(body.query, principal.userId);
      return rowReply({ response: text }, { headers: { "x-retrieval-source": source } });
    },
  };
}
