import type { AuthResponse, Login } from "@eca/contract";
import type { Client } from "../client.js";
import type { CallOptions } from "../transport.js";

/** Logging in, under the Python SDK's name. */
export class EcaAuth {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Logs someone in. The calls of this object log in by themselves and do not need it. */
  async login({ data }: { data: Login }, options: CallOptions = {}): Promise<AuthResponse> {
    return (await this.#client.auth.login({ ...options, body: data })).body;
  }
}
