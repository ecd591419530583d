import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Ends replies of which the caller takes nothing for `timeout` milliseconds: their connections are reset, so
 * that what is left of them takes no memory, here or in the system, and never looks whole.
 *
 * Taking slowly is no stall, as far as it shows: what the system holds for a connection, some megabytes where
 * both are fast, makes room for more a third at a time. Neither is a reply that is still being made: only one
 * that waits for its caller ends. Idle connections and requests that do not arrive have limits of their own.
 */
export function endStalledReplies(server: Server, timeout: number): void {
  server.on("request", ({ socket }, res) => {
    // Node sets it back when the reply is done. It counts from the last bytes that went either way.
    socket.setTimeout(timeout);
    res.on("timeout", endIfStalled);
  });
}

function endIfStalled(this: ServerResponse, socket: Socket): void {
  if (socket.writableLength > 0) socket.resetAndDestroy();
}
