import type { Embedding, EmbeddingInsert } from "@eca/contract";
import type { Client } from "../client.js";
import type { CallOptions } from "../transport.js";
import type { RowName } from "./row-name.js";

/** The texts behind states, under the Python SDK's names. */
export class EcaEmbedding {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Rejects with status 409 where the module has the hash already. */
  async create({ data }: { data: EmbeddingInsert }, options: CallOptions = {}): Promise<Embedding> {
    return (await this.#client.embedding.create({ ...options, body: data })).body;
  }

  async getAll({ moduleId }: { moduleId: string }, options: CallOptions = {}): Promise<Embedding[]> {
    return (await this.#client.embedding.getAll({ ...options, params: { module_id: moduleId } })).body;
  }

  async getOne({ moduleId, dbId }: RowName, options: CallOptions = {}): Promise<Embedding> {
    return (await this.#client.embedding.getOne({ ...options, params: { module_id: moduleId, id: dbId } })).body;
  }

  /** Rejects with status 404 when the module has no text with this hash. */
  async getOneWithHash(
    { moduleId, data }: { moduleId: string; data: { hash: string } },
    options: CallOptions = {},
  ): Promise<Embedding> {
    const params = { module_id: moduleId };
    return (await this.#client.embedding.getOneHash({ ...options, params, query: { hash: data.hash } })).body;
  }

  /** Replaces all fields. */
  async update(
    { moduleId, dbId, data }: RowName & { data: EmbeddingInsert },
    options: CallOptions = {},
  ): Promise<Embedding> {
    const params = { module_id: moduleId, id: dbId };
    return (await this.#client.embedding.update({ ...options, params, body: data })).body;
  }

  /** Resolves to the row that was deleted. */
  async delete({ moduleId, dbId }: RowName, options: CallOptions = {}): Promise<Embedding> {
    return (await this.#client.embedding.delete({ ...options, params: { module_id: moduleId, id: dbId } })).body;
  }
}
