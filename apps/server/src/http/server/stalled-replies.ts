import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Checks in one timeout: a stall is noticed so much later at most. */
const looksPerTimeout = 20;
/** Milliseconds between two checks, at least and at most. */
const lookInterval = { min: 5, max: 1000 } as const;

/**
 * Ends replies of which the caller takes nothing for `timeout` milliseconds: their connections are reset, so
 * that what is left of them takes no memory, here or in the system, and never looks whole.
 *
 * Taking slowly is no stall, as far as it shows: what the system holds for a connection, some megabytes where
 * both are fast, makes room for more a third at a time. Neither is a reply that is still being made: only one
 * that waits for its caller ends. Idle connections and requests that do not arrive have limits of their own.
 *
 * The timeout of Node's sockets would take twice as long: it begins anew where the system took a part of the first write.
 */
export function endStalledReplies(server: Server, timeout: number): void {
  const replies = new StallWatch(timeout);
  server.on("request", ({ socket }, res) => {
    const transfer = transferOf(socket);
    replies.add(transfer);
    res.on("close", () => replies.delete(transfer));
  });
  const interval = Math.min(Math.max(timeout / looksPerTimeout, lookInterval.min), lookInterval.max);
  const timer = setInterval(() => replies.look(performance.now()), interval).unref();
  server.on("close", () => clearInterval(timer));
}

/** Something that its receiver takes. */
export interface Transfer {
  /** Bytes that the receiver's side has taken; undefined where nothing waits for it. */
  taken(): number | undefined;
  /** Breaks it off. */
  end(): void;
}

/** Ends transfers of which nothing is taken for a time, though there is something to take. */
export class StallWatch {
  readonly #timeout: number;
  readonly #transfers = new Map<Transfer, { taken: number | undefined; since: number }>();

  /** @param timeout Milliseconds. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  add(transfer: Transfer): void {
    this.#transfers.set(transfer, { taken: undefined, since: 0 });
  }

  delete(transfer: Transfer): void {
    this.#transfers.delete(transfer);
  }

  /** @param now Milliseconds of a clock that is not set. */
  look(now: number): void {
    for (const [transfer, seen] of this.#transfers) {
      const taken = transfer.taken();
      if (taken === undefined || taken !== seen.taken) {
        seen.taken = taken;
        seen.since = now;
      } else if (now - seen.since >= this.#timeout) {
        this.#transfers.delete(transfer);
        transfer.end();
      }
    }
  }
}

/** What Node's own handle of a socket knows; nothing public says how much of a write the system has taken. */
interface SocketHandle {
  /** Bytes that were handed over. */
  readonly bytesWritten: number;
  /** Those of them that the system has not taken yet. */
  readonly writeQueueSize: number;
}

/** What is sent over a socket. */
export function transferOf(socket: Socket): Transfer {
  return {
    taken: () => {
      const { _handle: handle } = socket as Socket & { _handle?: SocketHandle | null };
      if (socket.writableLength === 0 || handle === undefined || handle === null) return undefined;
      return handle.bytesWritten - handle.writeQueueSize;
    },
    end: () => socket.resetAndDestroy(),
  };
}
