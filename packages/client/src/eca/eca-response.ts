import type { Response } from "@eca/contract";
import type { Client } from "../client.js";
import type { CallOptions } from "../transport.js";

/** Stored steps of predictions, under the Python SDK's names. */
export class EcaResponse {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async getAll(options: CallOptions = {}): Promise<Response[]> {
    return (await this.#client.response.getAll(options)).body;
  }

  async getOne({ dbId }: { dbId: number }, options: CallOptions = {}): Promise<Response> {
    return (await this.#client.response.getOne({ ...options, params: { id: dbId } })).body;
  }
}
