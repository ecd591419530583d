import type { RetrievalRequest, RetrievalResponse } from "@eca/contract";
import type { Client } from "../client.js";
import type { CallOptions } from "../transport.js";

/** Questions to the documents, under the Python SDK's name. */
export class EcaRetrieval {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Asks a question in natural language. */
  async query({ data }: { data: RetrievalRequest }, options: CallOptions = {}): Promise<RetrievalResponse> {
    return (await this.#client.retrieval.query({ ...options, body: data })).body;
  }
}
