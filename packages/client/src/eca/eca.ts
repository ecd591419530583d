import { type Client, type ClientSettings, createClient, type Credentials } from "../client.js";
import { EcaAuth } from "./eca-auth.js";
import { EcaCortex } from "./eca-cortex.js";
import { EcaDocument } from "./eca-document.js";
import { EcaEmbedding } from "./eca-embedding.js";
import { EcaEss } from "./eca-ess.js";
import { EcaResponse } from "./eca-response.js";
import { EcaRetrieval } from "./eca-retrieval.js";
import { EcaSequence } from "./eca-sequence.js";

/** The Python SDK's configuration: `uri`, and a name with its password or a token. */
export type EcaConfig = Omit<ClientSettings, "baseUrl"> & {
  /** Where the API is, `/v1` included. */
  readonly uri: string;
} & (
    | { readonly username: string; readonly password: string; readonly apiToken?: undefined }
    | { readonly apiToken: string; readonly username?: undefined; readonly password?: undefined }
  );

/**
 * The same calls under the Python SDK's names, in camel case. Each resolves to the body itself and rejects
 * as the client's calls do; each takes the client's call options as its last argument.
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
  readonly cortex: EcaCortex;
  readonly document: EcaDocument;
  readonly retrieval: EcaRetrieval;
  readonly response: EcaResponse;
  readonly embedding: EcaEmbedding;

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
    this.cortex = new EcaCortex(this.client);
    this.document = new EcaDocument(this.client);
    this.retrieval = new EcaRetrieval(this.client);
    this.response = new EcaResponse(this.client);
    this.embedding = new EcaEmbedding(this.client);
  }
}
