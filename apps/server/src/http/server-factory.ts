import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Express } from "express";

/**
 * A node server whose requests and responses are born with Express's prototypes.
 *
 * Express calls `Object.setPrototypeOf` on every request and response, which costs more than all the
 * rest of a small request together. Where the prototype is right from the start, that call does nothing.
 */
export function createHttpServer(app: Express, { requestTimeout }: { requestTimeout: number }): Server {
  return createServer(
    {
      IncomingMessage: bornAs(IncomingMessage, app.request),
      ServerResponse: bornAs(ServerResponse, app.response),
      requestTimeout,
      headersTimeout: Math.min(requestTimeout, 60_000),
      connectionsCheckingInterval: Math.min(requestTimeout, 5000),
    },
    app,
  );
}

function bornAs<Base extends typeof IncomingMessage | typeof ServerResponse>(base: Base, prototype: object): Base {
  // A class cannot take over a foreign prototype; a function can, and `new` calls it all the same.
  function Born(...args: unknown[]): object {
    return Reflect.construct(base, args, Born) as object;
  }
  Born.prototype = prototype;
  return Born as unknown as Base;
}
