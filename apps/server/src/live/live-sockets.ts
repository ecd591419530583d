import type { Clock } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import { RateLimited } from "../throttling/rate-limited.js";
import type { Principal } from "../caller/principal.js";
import { RateLimiter } from "../throttling/rate-limiter.js";
import { FrameBudget } from "./frame-budget.js";
import { closeCodes, LiveSocket, type LiveSocketOptions } from "./live-socket.js";

/** All live sockets of the server. */
export interface LiveSockets {
  /** How many are open. */
  readonly size: number;
  /** How many frames were left out so far, of all sockets. */
  readonly leftOut: number;
  /** Checks whether a caller may open one more. @throws DomainError `rate_limited`, `unavailable`. */
  admit(principal: Principal): void;
  /** Adds a socket that was admitted in the same turn. */
  open(options: Omit<LiveSocketOptions, "takeFrame" | "budget" | "onLeftOut">): LiveSocket;
  /** The connection of a socket has ended. */
  closed(socket: LiveSocket): void;
  /** Takes no more, ends all in good order, and cuts off what is left after the drain. */
  close(): Promise<void>;
}

export interface LiveLimits {
  /** Sockets in all. */
  readonly connections: number;
  /** Sockets of one user, whatever they came with. */
  readonly connectionsPerUser: number;
  /** Bytes that the sockets of one user are sent in a second, together; undefined for no limit. */
  readonly bytesPerSecond: number | undefined;
  /** Milliseconds between two pings. */
  readonly pingInterval: number;
  /** Milliseconds that sockets have to end when the server stops. */
  readonly drainTimeout: number;
}

/** Frames that a socket may send: enough to watch all it may at once. */
export const frameRate = { count: 100, period: 10_000 } as const;

/** Milliseconds between two checks of a credential. */
const checkInterval = 1000;

/** Microseconds after which a caller who was over the limit may try again. */
const roomWait = 5_000_000;

export function createLiveSockets(clock: Clock, limits: LiveLimits): LiveSockets {
  const users = new Map<LiveSocket, string>();
  const frames = new RateLimiter(frameRate, clock);
  const budget = new FrameBudget(limits.bytesPerSecond, clock);
  let leftOut = 0;
  let isClosing = false;
  let opened = 0;
  let onEmpty: () => void = () => undefined;
  const each = (work: (socket: LiveSocket) => void): void => {
    for (const socket of users.keys()) work(socket);
  };
  const timers = [
    setInterval(() => each((socket) => void socket.checkCredential()), checkInterval).unref(),
    // Pongs that waited while this process was busy are read before any peer is cut off.
    setInterval(() => setImmediate(() => each((socket) => socket.heartbeat())), limits.pingInterval).unref(),
  ];

  return {
    get size() {
      return users.size;
    },

    get leftOut() {
      return leftOut;
    },

    admit: ({ userId }) => {
      if (isClosing) throw new DomainError("unavailable", "the server is stopping");
      if (users.size >= limits.connections) {
        throw new RateLimited(`the server has ${users.size} live sockets, its limit`, roomWait);
      }
      const own = [...users.values()].filter((other) => other === userId).length;
      if (own >= limits.connectionsPerUser) {
        throw new RateLimited(`the user has ${own} live sockets, the limit; close one`, roomWait);
      }
    },

    open: (options) => {
      const name = String((opened += 1));
      const socket = new LiveSocket({
        ...options,
        takeFrame: () => frames.take(name) === 0,
        budget,
        onLeftOut: () => void (leftOut += 1),
      });
      users.set(socket, options.principal.userId);
      return socket;
    },

    closed: (socket) => {
      socket.forget();
      users.delete(socket);
      if (users.size === 0) onEmpty();
    },

    close: async () => {
      isClosing = true;
      for (const timer of timers) clearInterval(timer);
      each((socket) => socket.end(closeCodes.goingAway, "unavailable"));
      if (users.size === 0) return;
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
        setTimeout(() => each((socket) => socket.terminate()), limits.drainTimeout).unref();
      });
    },
  };
}
