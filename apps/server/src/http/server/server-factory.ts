import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Express } from "express";
import type { Limits } from "../../limits/limits.js";
import { endStalledReplies } from "./stalled-replies.js";

type ServerLimits = Pick<Limits, "requestTimeout" | "replyTimeout" | "headerBytes" | "connections">;

/**
 * A node server whose requests and responses are born with Express's prototypes.
 *
 * Express calls `Object.setPrototypeOf` on every request and response, which costs more than all the
 * rest of a small request together. Where the prototype is right from the start, that call does nothing.
 */
export function createHttpServer(
  app: Express,
  { requestTimeout, replyTimeout, headerBytes, connections }: ServerLimits,
): Server {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {}
  app.request = adopt(AppRequest.prototype, app.request);
  app.response = adopt(AppResponse.prototype, app.response);
  const server = createServer(
    {
      IncomingMessage: AppRequest,
      ServerResponse: AppResponse,
      maxHeaderSize: headerBytes,
      // Node would reject it without an error text; see validateHead.
      requireHostHeader: false,
      requestTimeout,
      headersTimeout: Math.min(requestTimeout, 60_000),
      connectionsCheckingInterval: Math.min(requestTimeout, 5000),
    },
    app,
  );
  server.maxConnections = connections;
  // Node would leave out the headers beyond a number silently. `maxHeaderSize` bounds them, validateHead counts them.
  server.maxHeadersCount = 0;
  endStalledReplies(server, replyTimeout);
  // Node would promise to take each body, and would reply to other expectations in a shape of its own.
  for (const event of ["checkContinue", "checkExpectation"] as const) {
    server.on(event, (req: IncomingMessage, res: ServerResponse) => {
      // Where the body is rejected, nobody knows whether it still comes, and so where the next request begins.
      res.shouldKeepAlive = false;
      server.emit("request", req, res);
    });
  }
  return server;
}

/** Makes what Express has put upon its own prototype part of a class's prototype, and returns that. */
function adopt<Prototype extends object>(target: object, express: Prototype): Prototype {
  Object.defineProperties(target, Object.getOwnPropertyDescriptors(express));
  return Object.setPrototypeOf(target, Object.getPrototypeOf(express) as object) as Prototype;
}
