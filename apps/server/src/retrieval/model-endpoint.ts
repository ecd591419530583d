import { Semaphore, TooManyWaitingError } from "../throttling/semaphore.js";
import { maxWaitingQuestions } from "./max-waiting-questions.js";

/** An OpenAI-compatible endpoint of an outside service. */
export interface ModelEndpoint {
  /**
   * Posts JSON and answers the JSON that comes back with status 200.
   *
   * @param user For whom; users have their turns one after the other.
   * @throws EndpointError for everything else. It never says more than what went wrong: neither the key
   * nor a word of the reply, which may repeat the key.
   */
  post(body: unknown, user: string): Promise<unknown>;
  /** Gives up the calls under way and refuses later ones. */
  close(): void;
}

/** Why an outside service was of no use. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";

  constructor(
    message: string,
    /** The HTTP status, where one came. */
    readonly status?: number,
  ) {
    super(message);
  }
}

export interface ModelEndpointOptions {
  /** The service's base address, such as `https://host/v1`; its query is kept. */
  readonly url: URL;
  /** Where it takes the calls, below the base; added unless the address ends with it. */
  readonly path: "/chat/completions" | "/embeddings";
  /** Sent as a bearer token. */
  readonly key: string | undefined;
  /** For the wait for a turn and the whole call, in milliseconds. */
  readonly timeout: number;
  /** The largest reply, in bytes. */
  readonly maxBytes: number;
}

/** Calls at the same time. */
const concurrency = 4;

export function createModelEndpoint({ url, path, key, timeout, maxBytes }: ModelEndpointOptions): ModelEndpoint {
  const target = addressOf(url, path);
  const turns = new Semaphore({ permits: concurrency, maxWaiting: maxWaitingQuestions });
  const underWay = new Set<AbortController>();
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  let isClosed = false;

  const exchange = async (body: string, signal: AbortSignal): Promise<string> => {
    // A redirect would take the key and the documents to an address that nobody configured.
    const response = await fetch(target, { method: "POST", headers, body, signal, redirect: "manual" });
    if (response.status !== 200) {
      await response.body?.cancel().catch(() => undefined);
      throw new EndpointError(`answered status ${response.status}`, response.status);
    }
    return readText(response, maxBytes);
  };

  return {
    post: async (body, user) => {
      if (isClosed) throw new EndpointError("is not asked any more: the server is stopping");
      const controller = new AbortController();
      const timer = setTimeout(
        () => controller.abort(new EndpointError(`did not answer within ${timeout} ms`)),
        timeout,
      );
      underWay.add(controller);
      try {
        const text = await turns.run({ line: user, signal: controller.signal }, () =>
          exchange(JSON.stringify(body), controller.signal),
        );
        return parse(text);
      } catch (error) {
        throw toEndpointError(error);
      } finally {
        clearTimeout(timer);
        underWay.delete(controller);
      }
    },
    close: () => {
      isClosed = true;
      for (const controller of underWay) controller.abort(new EndpointError("was given up: the server is stopping"));
    },
  };
}

function addressOf(url: URL, path: string): URL {
  const target = new URL(url);
  const base = target.pathname.replace(/\/+$/, "");
  target.pathname = base.endsWith(path) ? base : `${base}${path}`;
  return target;
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | readonly [] = response.body ?? [];
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > maxBytes) throw new EndpointError(`answered more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EndpointError("answered no JSON");
  }
}

function toEndpointError(error: unknown): EndpointError {
  if (error instanceof EndpointError) return error;
  if (error instanceof TooManyWaitingError) return new EndpointError("has too many calls waiting");
  // What fetch says of a failure may hold what was sent; the code of its cause does not.
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return new EndpointError(`could not be reached${typeof code === "string" && /^\w+$/.test(code) ? ` (${code})` : ""}`);
}
