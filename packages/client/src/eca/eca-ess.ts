import type { Ess, EssInsert, PrettyEss, Search, SearchResult } from "@eca/contract";
import type { Client } from "../client.js";
import type { CallOptions } from "../transport.js";
import type { RowName } from "./row-name.js";

/** States, under the Python SDK's names. */
export class EcaEss {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async create({ data }: { data: EssInsert }, options: CallOptions = {}): Promise<Ess> {
    return (await this.#client.ess.create({ ...options, body: data })).body;
  }

  async getAll({ moduleId }: { moduleId: string }, options: CallOptions = {}): Promise<Ess[]> {
    return (await this.#client.ess.getAll({ ...options, params: { module_id: moduleId } })).body;
  }

  /** The aggregates that the given state is a direct component of, newest first. */
  async getAllAggregates(
    { moduleId, aggregateModuleId, essId }: { moduleId: string; aggregateModuleId: string; essId: number },
    options: CallOptions = {},
  ): Promise<Ess[]> {
    const params = { module_id: moduleId, aggregate_module_id: aggregateModuleId, id: essId };
    return (await this.#client.ess.getAllAggregates({ ...options, params })).body;
  }

  /** The state of every sequence entry, newest entry first, repeats kept. */
  async getAllSequence({ moduleId }: { moduleId: string }, options: CallOptions = {}): Promise<Ess[]> {
    return (await this.#client.ess.getAllSequence({ ...options, params: { module_id: moduleId } })).body;
  }

  async getOne({ moduleId, dbId }: RowName, options: CallOptions = {}): Promise<Ess> {
    return (await this.#client.ess.getOne({ ...options, params: { module_id: moduleId, id: dbId } })).body;
  }

  /** Rejects with status 404 when no state has this embedding input. */
  async getOneWithEmbedding(
    { moduleId, embInput }: { moduleId: string; embInput: number },
    options: CallOptions = {},
  ): Promise<Ess> {
    return (await this.#client.ess.getOneEmbedding({ ...options, params: { module_id: moduleId, id: embInput } })).body;
  }

  async getOnePretty({ moduleId, dbId }: RowName, options: CallOptions = {}): Promise<PrettyEss> {
    return (await this.#client.ess.getOnePretty({ ...options, params: { module_id: moduleId, id: dbId } })).body;
  }

  /** The state of one sequence entry; `-1` names the latest. */
  async getOneSequence(
    { moduleId, sequenceId }: { moduleId: string; sequenceId: number },
    options: CallOptions = {},
  ): Promise<Ess> {
    return (await this.#client.ess.getOneSequence({ ...options, params: { module_id: moduleId, id: sequenceId } }))
      .body;
  }

  /** Replaces all fields, those left out by their defaults. */
  async update({ moduleId, dbId, data }: RowName & { data: EssInsert }, options: CallOptions = {}): Promise<Ess> {
    return (await this.#client.ess.update({ ...options, params: { module_id: moduleId, id: dbId }, body: data })).body;
  }

  /** The nearest states, nearest first. */
  async search({ data }: { data: Search }, options: CallOptions = {}): Promise<SearchResult[]> {
    return (await this.#client.ess.search({ ...options, body: data })).body;
  }

  /** Puts an aggregate together anew from its components; resolves to a plain state as it is. */
  async upsert({ moduleId, dbId }: RowName, options: CallOptions = {}): Promise<Ess> {
    return (await this.#client.ess.upsert({ ...options, params: { module_id: moduleId, id: dbId } })).body;
  }
}
