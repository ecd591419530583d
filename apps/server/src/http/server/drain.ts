import type { Server } from "node:http";

/** How soon a connection is closed after its last reply, in milliseconds. */
const sweepInterval = 20;

/**
 * A way to stop a server: it takes no new connections, closes the idle ones, lets requests under way
 * finish for at most `timeout` milliseconds, then cuts off what is left.
 */
export function createDrain(server: Server, timeout: number): () => Promise<void> {
  return () =>
    new Promise((resolve) => {
      // A connection kept alive would outlive its last reply, and keep the server up with it.
      server.prependListener("request", (_req, res) => {
        res.shouldKeepAlive = false;
      });
      // The replies to requests under way said to stay open. No request pays for knowing when they end.
      const sweep = setInterval(() => server.closeIdleConnections(), sweepInterval);
      const cut = setTimeout(() => server.closeAllConnections(), timeout);
      server.close(() => {
        clearInterval(sweep);
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    });
}
