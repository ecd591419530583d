import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** One call that a model service took. */
interface ModelCall {
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // Tests look into bodies of every shape; what they expect is in their assertions.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

type Behaviour = (call: ModelCall, res: ServerResponse) => void;

/** A stand-in for an OpenAI-compatible service, on a port of its own. */
export interface ModelService {
  /** Its base address: `http://127.0.0.1:1234/v1`. */
  readonly url: string;
  readonly calls: ModelCall[];
  /** How it answers from now on. */
  behave(behaviour: Behaviour): void;
  /** Takes no connections any more, and cuts those it has. */
  stop(): Promise<void>;
}

/** Starts a service that answers nothing until it is told how; it is stopped at the end of the file. */
export async function startModelService(): Promise<ModelService> {
  const calls: ModelCall[] = [];
  let behaviour: Behaviour = () => undefined;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const call = { path: req.url ?? "", headers: req.headers, body: JSON.parse(Buffer.concat(chunks).toString()) };
      calls.push(call);
      behaviour(call, res);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    await new Promise((closed) => {
      server.close(closed);
      server.closeAllConnections();
    });
  };
  afterAll(stop);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    behave: (next) => {
      behaviour = next;
    },
    stop,
  };
}

/** Answers JSON. */
export function replying(body: unknown, status = 200): Behaviour {
  return (_, res) => {
    res.writeHead(status, { "content-type": "application/json" });
    res.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** Answers a chat completion with this text. */
export function completing(text: string | null): Behaviour {
  return replying({ choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: text } }] });
}

/** Answers an embedding for each text, in an order of its own. */
export function embedding(vectorOf: (text: string) => readonly number[]): Behaviour {
  return (call, res) => {
    const texts = call.body.input as string[];
    const data = texts.map((text, index) => ({ object: "embedding", index, embedding: vectorOf(text) }));
    replying({ object: "list", data: data.toReversed(), model: call.body.model })(call, res);
  };
}

/** Takes the call and never answers. */
export const silent: Behaviour = () => undefined;

/** What services have done to their callers, by name; each repeats the key where it can. */
export function misbehaviours(key: string, elsewhere: string): Readonly<Record<string, Behaviour>> {
  return {
    "an error of the caller": replying({ error: { message: `Incorrect API key provided: ${key}` } }, 401),
    "an error of its own": replying(`oops ${key}`, 500),
    "too many calls": replying({ error: key }, 429),
    "a created": replying({ choices: [{ message: { content: "made up" } }] }, 201),
    "a redirect": (_, res) => {
      res.writeHead(307, { location: elsewhere });
      res.end();
    },
    "no JSON": replying(`<html>${key}</html>`),
    "half of it": (_, res) => {
      res.writeHead(200, { "content-length": "1000" });
      res.write('{"choices": [');
      setImmediate(() => res.destroy());
    },
    "no end": (_, res) => {
      res.writeHead(200);
      res.write('{"choices": [');
    },
    "far too much": (_, res) => {
      res.writeHead(200);
      const more = (): void => {
        while (!res.destroyed && res.write(" ".repeat(65_536)));
        if (!res.destroyed) res.once("drain", more);
      };
      more();
    },
    "something else": replying({ object: "list", data: [] }),
    null: replying("null"),
    "no choices": replying({ choices: [] }),
    "no text": completing(null),
    "an empty text": completing(" \n"),
    "a text without an end": completing("x".repeat(20_001)),
    nothing: silent,
    "a broken connection": (_, res) => {
      res.destroy();
    },
  };
}
