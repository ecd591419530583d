import type { Server } from "node:http";

/**
 * A way to stop a server: it takes no new connections, closes the idle ones, lets requests under way
 * finish for at most `timeout` milliseconds, then cuts off what is left.
 */
export function createDrain(server: Server, timeout: number): () => Promise<void> {
  let draining = false;
  // A connection kept alive would outlive its last answer, and keep the server up with it.
  server.on("request", (_req, res) => {
    if (draining) res.shouldKeepAlive = false;
    res.on("close", () => {
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
  });
  return () =>
    new Promise((resolve) => {
      draining = true;
      const cut = setTimeout(() => server.closeAllConnections(), timeout);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    });
}
