import { Agent, request } from "node:http";

/** One call, as it goes out. */
export interface Call {
  readonly method: string;
  /** Below the server's address: `/v1/ess`. */
  readonly path: string;
  /** JSON text, or what becomes it. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back of a call. */
export interface Reply {
  readonly status: number;
  /** Bytes of the body. */
  readonly bytes: number;
  /** The body's end, and the whole of a body that is short. */
  readonly tail: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const keptBytes = 65_536;

/** Sends calls to a server and takes what comes back as fast as it comes, without keeping it. */
export class HttpClient {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });
  token: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Rejects where the answer does not come whole. */
  send({ method, path, body, headers = {} }: Call): Promise<Reply> {
    const bytes = body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const sent = {
        ...(bytes !== undefined && { "content-type": "application/json", "content-length": bytes.length }),
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...headers,
      };
      const req = request(this.#url + path, { method, agent: this.#agent, headers: sent }, (res) => {
        let length = 0;
        let tail = Buffer.alloc(0);
        res.on("data", (chunk: Buffer) => {
          length += chunk.length;
          tail = Buffer.concat([tail, chunk]).subarray(-keptBytes);
        });
        res.once("error", reject);
        res.once("end", () => {
          if (!res.complete) {
            reject(new Error(`the answer to ${method} ${path} broke off`));
            return;
          }
          resolve({ status: res.statusCode ?? 0, bytes: length, tail: tail.toString(), headers: res.headers });
        });
      });
      req.once("error", reject);
      req.end(bytes);
    });
  }

  /** Sends a call that must succeed, and returns its short JSON reply, or undefined for a long one. */
  async must(call: Call): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { status, bytes, tail } = await this.send(call);
    if (status >= 300) throw new Error(`${call.method} ${call.path}: ${status} ${tail.slice(0, 500)}`);
    return bytes <= keptBytes ? (JSON.parse(tail) as Readonly<Record<string, unknown>>) : undefined;
  }

  close(): void {
    this.#agent.destroy();
  }
}
