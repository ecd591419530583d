import type { NextState, NextStateRaw, NextStateRequest } from "@eca/contract";
import type { Client } from "../client.js";
import type { CallOptions } from "../transport.js";

/** Predictions, under the Python SDK's names. */
export class EcaCortex {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The next states, in the texts behind their embedding inputs where there are any. */
  async predictions({ data }: { data: NextStateRequest }, options: CallOptions = {}): Promise<NextState> {
    return (await this.#client.prediction.predict({ ...options, body: data })).body;
  }

  /** The next states, in numbers. */
  async predictionsRaw({ data }: { data: NextStateRequest }, options: CallOptions = {}): Promise<NextStateRaw> {
    return (await this.#client.prediction.predictRaw({ ...options, body: data })).body;
  }
}
