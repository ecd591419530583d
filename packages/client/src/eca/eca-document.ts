import type { Document, DocumentInsert } from "@eca/contract";
import type { Client } from "../client.js";
import type { CallOptions } from "../transport.js";

/** Documents, which belong to no module, under the Python SDK's names. */
export class EcaDocument {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async create({ data }: { data: DocumentInsert }, options: CallOptions = {}): Promise<Document> {
    return (await this.#client.document.create({ ...options, body: data })).body;
  }

  /** Stores a document that describes a state in words. */
  async createFromEss(
    { moduleId, essId }: { moduleId: string; essId: number },
    options: CallOptions = {},
  ): Promise<Document> {
    const params = { module_id: moduleId, id: essId };
    return (await this.#client.document.createFromEss({ ...options, params })).body;
  }

  /** Stores a document that describes a sequence entry in words; `-1` names the latest. */
  async createFromSequence(
    { moduleId, sequenceId }: { moduleId: string; sequenceId: number },
    options: CallOptions = {},
  ): Promise<Document> {
    const params = { module_id: moduleId, id: sequenceId };
    return (await this.#client.document.createFromSequence({ ...options, params })).body;
  }

  async getAll(options: CallOptions = {}): Promise<Document[]> {
    return (await this.#client.document.getAll(options)).body;
  }

  async getOne({ dbId }: { dbId: number }, options: CallOptions = {}): Promise<Document> {
    return (await this.#client.document.getOne({ ...options, params: { id: dbId } })).body;
  }

  /** Replaces all fields; without `embed` questions no longer find it. */
  async update({ dbId, data }: { dbId: number; data: DocumentInsert }, options: CallOptions = {}): Promise<Document> {
    return (await this.#client.document.update({ ...options, params: { id: dbId }, body: data })).body;
  }

  /** Makes a document one that questions find. */
  async embed({ dbId }: { dbId: number }, options: CallOptions = {}): Promise<Document> {
    return (await this.#client.document.embed({ ...options, params: { id: dbId } })).body;
  }

  /** Resolves to the document that was deleted. */
  async delete({ dbId }: { dbId: number }, options: CallOptions = {}): Promise<Document> {
    return (await this.#client.document.delete({ ...options, params: { id: dbId } })).body;
  }
}
