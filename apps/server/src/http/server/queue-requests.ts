import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";

/** Requests that came before the server could serve them. */
export interface WaitingRequests {
  /** Serves those that wait, in the order in which they came, and from then on each at once. */
  release(): void;
  /** Closes the connections of those that wait, without a reply. */
  drop(): void;
}

/**
 * Lets a server listen before it can serve: requests wait for their replies until they are released. Listening is
 * the step of a start that fails most often, so that it comes before those that cannot be undone.
 *
 * @param serve The request listener of `server`, which is called for nothing until then.
 */
export function queueRequests(server: Server, serve: RequestListener): WaitingRequests {
  const waiting: [IncomingMessage, ServerResponse][] = [];
  const enqueue = (req: IncomingMessage, res: ServerResponse): void => void waiting.push([req, res]);
  server.off("request", serve).on("request", enqueue);
  return {
    release: () => {
      server.off("request", enqueue).on("request", serve);
      for (const [req, res] of waiting.splice(0)) {
        // Nobody is there any more to read the reply: what was asked for must not be done in silence.
        if (!req.socket.destroyed) serve(req, res);
      }
    },
    drop: () => {
      // Node itself no longer knows the sockets of requests for another protocol.
      for (const [req] of waiting.splice(0)) req.socket.destroy();
    },
  };
}
