import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { ConnectionTotals } from "../../metrics/metrics.js";

/** Watches the connections of a server; the function returns their totals up to now. */
export function watchConnections(server: Server): () => ConnectionTotals {
  const open = new Set<Socket>();
  let receivedBytes = 0;
  let sentBytes = 0;
  let refused = 0;
  server.on("drop", () => (refused += 1));
  server.on("connection", (socket) => {
    // One that asked for another protocol is given back to the server: see `upgrades.ts`.
    if (open.has(socket)) return;
    open.add(socket);
    socket.on("close", () => {
      open.delete(socket);
      receivedBytes += socket.bytesRead;
      sentBytes += socket.bytesWritten;
    });
  });
  return () => {
    const totals = { open: open.size, refused, receivedBytes, sentBytes };
    for (const socket of open) {
      totals.receivedBytes += socket.bytesRead;
      totals.sentBytes += socket.bytesWritten;
    }
    return totals;
  };
}
