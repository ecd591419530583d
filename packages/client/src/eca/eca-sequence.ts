import type { Sequence, SequenceInsert } from "@eca/contract";
import type { Client } from "../client.js";
import type { CallOptions } from "../transport.js";
import type { RowName } from "./row-name.js";

/** The log of a module, under the Python SDK's names. */
export class EcaSequence {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async create({ data }: { data: SequenceInsert }, options: CallOptions = {}): Promise<Sequence> {
    return (await this.#client.sequence.create({ ...options, body: data })).body;
  }

  /** The whole log of a module, oldest first. */
  async getAll({ moduleId }: { moduleId: string }, options: CallOptions = {}): Promise<Sequence[]> {
    return (await this.#client.sequence.getAll({ ...options, params: { module_id: moduleId } })).body;
  }

  async getOne({ moduleId, dbId }: RowName, options: CallOptions = {}): Promise<Sequence> {
    return (await this.#client.sequence.getOne({ ...options, params: { module_id: moduleId, id: dbId } })).body;
  }

  /** Replaces all fields, those left out by their defaults. */
  async update(
    { moduleId, dbId, data }: RowName & { data: SequenceInsert },
    options: CallOptions = {},
  ): Promise<Sequence> {
    const params = { module_id: moduleId, id: dbId };
    return (await this.#client.sequence.update({ ...options, params, body: data })).body;
  }

  /** Resolves to the entry that was deleted. */
  async delete({ moduleId, dbId }: RowName, options: CallOptions = {}): Promise<Sequence> {
    return (await this.#client.sequence.delete({ ...options, params: { module_id: moduleId, id: dbId } })).body;
  }
}
