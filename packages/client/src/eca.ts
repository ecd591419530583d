import type {
  AuthResponse,
  Ess,
  EssInsert,
  Login,
  PrettyEss,
  Search,
  SearchResult,
  Sequence,
  SequenceInsert,
} from "@eca/contract";
import { type Client, type ClientSettings, createClient, type Credentials } from "./client.js";
import type { CallOptions } from "./transport.js";

/** Names one row: the module and the row's id in it. */
export interface RowName {
  readonly moduleId: string;
  /** `-1` names the latest row where the route says so. */
  readonly dbId: number;
}

/** The Python SDK's configuration: `uri`, and a name with its password or a token. */
export type EcaConfig = Omit<ClientSettings, "baseUrl"> & {
  /** Where the API stands, `/v1` included. */
  readonly uri: string;
} & (
    | { readonly username: string; readonly password: string; readonly apiToken?: undefined }
    | { readonly apiToken: string; readonly username?: undefined; readonly password?: undefined }
  );

/**
 * The same calls under the Python SDK's names, in camel case. Each resolves to the body itself and rejects
 * as the client's calls do; each takes the client's call options as its second argument.
 *
 * @example
 * const eca = new ECA({ uri: "http://localhost:2580/v1", username, password });
 * const entry = await eca.sequence.create({ data: { module_id: "air_conditioner", instance_id: 1 } });
 */
export class ECA {
  /** The client beneath, for what the SDK has no name for. */
  readonly client: Client;
  readonly auth: EcaAuth;
  readonly ess: EcaEss;
  readonly sequence: EcaSequence;
  // A class of the SDK whose routes join the contract joins here: cortex, document, embedding, retrieval, response.

  /** @throws EcaArgumentError for a uri that is no address, or credentials that are incomplete */
  constructor(config: EcaConfig) {
    const credentials: Credentials =
      config.apiToken === undefined
        ? { username: config.username, password: config.password }
        : { token: config.apiToken };
    const settings: ClientSettings = { ...config, baseUrl: config.uri };
    this.client = createClient({ ...settings, ...credentials });
    this.auth = new EcaAuth(this.client);
    this.ess = new EcaEss(this.client);
    this.sequence = new EcaSequence(this.client);
  }
}

class EcaAuth {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Logs someone in. The calls of this object log in by themselves and do not need it. */
  async login({ data }: { data: Login }, options: CallOptions = {}): Promise<AuthResponse> {
    return (await this.#client.auth.login({ ...options, body: data })).body;
  }
}

class EcaEss {
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

  async upsert({ moduleId, dbId }: RowName, options: CallOptions = {}): Promise<Ess> {
    return (await this.#client.ess.upsert({ ...options, params: { module_id: moduleId, id: dbId } })).body;
  }
}

class EcaSequence {
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
