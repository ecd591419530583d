import { DomainError } from "../errors/domain-error.js";
import { RateLimited } from "../throttling/rate-limited.js";
import type { Principal } from "../caller/principal.js";
import { frameText } from "./frame-text.js";
import type { FrameBudget } from "./frame-budget.js";
import { parseModelCommand, type Watch } from "./model-command.js";
import type { LiveService } from "./service.js";
import type { TimeSlice } from "../event-loop/time-slice.js";

/** The other end of a live socket. */
export interface Peer {
  /** Bytes that were sent and are not on their way yet. */
  readonly bufferedAmount: number;
  send(text: string): void;
  ping(): void;
  pong(payload: Buffer): void;
  /** Ends the connection in good order. */
  close(code: number, reason: string): void;
  /** Cuts the connection off. */
  terminate(): void;
}

/** Close codes (RFC 6455, section 7.4.1). */
export const closeCodes = {
  /** The server is stopping. */
  goingAway: 1001,
  /** The credential is dead, or there were too many frames; the reason is the error's code. */
  policyViolation: 1008,
} as const;

/** What a live socket gets of the server around it. */
export interface LiveSocketOptions {
  readonly peer: Peer;
  readonly principal: Principal;
  readonly service: LiveService;
  /** What long work waits for between its parts. */
  readonly timeSlice: TimeSlice;
  /** Who the credential's bearer is now. @throws DomainError `unauthenticated` once it is dead. */
  readonly authenticate: () => Promise<Principal>;
  /** @throws DomainError `forbidden`. */
  readonly authorize: (principal: Principal, moduleId: string) => void;
  /** An error as the JSON of a frame. */
  readonly formatError: (error: unknown) => string;
  /** Counts a frame that came; false where there were too many. */
  readonly takeFrame: () => boolean;
  /** Counts the reading of a row as a call of the caller's. @throws RateLimited where there were too many. */
  readonly admitRead: (principal: Principal) => void;
  /** Makes the text of a frame where the user may be sent more bytes. */
  readonly budget: Pick<FrameBudget, "make">;
  /** Called for each frame that is left out. */
  readonly onLeftOut: () => void;
}

/** Modules and objects that one socket may watch. */
export const maxWatches = 64;

/** Bytes that may wait to go out before rows are left out. */
const highWater = 1_048_576;

interface Watching {
  readonly watch: Watch;
  readonly timer: NodeJS.Timeout;
  isReading: boolean;
}

/** One caller's socket: what it watches, and what is sent of it. */
export class LiveSocket {
  readonly #options: LiveSocketOptions;
  readonly #peer: Peer;
  readonly #watching = new Map<string, Watching>();
  #principal: Principal;
  #isAlive = true;
  #isChecking = false;
  #isEnded = false;

  constructor(options: LiveSocketOptions) {
    this.#options = options;
    this.#peer = options.peer;
    this.#principal = options.principal;
  }

  /** A text frame has come; undefined for a binary one. The reply to an invalid one is an error frame. */
  receive(text: string | undefined): void {
    if (!this.#takes()) return;
    try {
      if (text === undefined) throw new DomainError("invalid_request", "the frame is binary; send text");
      this.#watch(parseModelCommand(text));
    } catch (error) {
      this.#sendError(error);
    }
  }

  /** The peer asks whether the server is there. */
  pinged(payload: Buffer): void {
    if (this.#takes() && !this.#isFlooded()) this.#peer.pong(payload);
  }

  /** The peer has replied to a ping. */
  pong(): void {
    this.#isAlive = true;
  }

  /** Pings the peer, or cuts it off where it has not been heard of since the last ping. */
  heartbeat(): void {
    if (!this.#isAlive) {
      this.#peer.terminate();
      return;
    }
    this.#isAlive = false;
    this.#peer.ping();
  }

  /** Rechecks the credential and its rights; ends the socket where it is no longer valid. */
  async checkCredential(): Promise<void> {
    if (this.#isChecking || this.#isEnded) return;
    this.#isChecking = true;
    try {
      this.#principal = await this.#options.authenticate();
    } catch (error) {
      // Anything else is the server's own trouble, and may be over at the next check.
      if (error instanceof DomainError) this.end(closeCodes.policyViolation, error.code);
    } finally {
      this.#isChecking = false;
    }
  }

  /** Sends nothing more and ends the connection in good order. */
  end(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.forget();
    this.#peer.close(code, reason);
  }

  /** Stops all that is going on, as the connection has ended. */
  forget(): void {
    this.#isEnded = true;
    for (const { timer } of this.#watching.values()) clearInterval(timer);
    this.#watching.clear();
  }

  terminate(): void {
    this.#peer.terminate();
  }

  /** Whether a frame that has come is to be looked at; too many end the socket. */
  #takes(): boolean {
    this.#isAlive = true;
    if (this.#isEnded) return false;
    if (this.#options.takeFrame()) return true;
    this.end(closeCodes.policyViolation, "rate_limited");
    return false;
  }

  /** Whoever sends and does not read would fill the memory; they are cut off. */
  #isFlooded(): boolean {
    if (this.#peer.bufferedAmount <= highWater) return false;
    this.#peer.terminate();
    return true;
  }

  #watch(watch: Watch): void {
    this.#options.authorize(this.#principal, watch.moduleId);
    const key = JSON.stringify([watch.object, watch.moduleId]);
    this.#unwatch(key);
    if (this.#watching.size >= maxWatches) {
      throw new DomainError("rate_limited", `the socket watches ${maxWatches} modules already; open another one`);
    }
    const timer = setInterval(() => void this.#show(key, watching), watch.rate);
    const watching: Watching = { watch, timer, isReading: false };
    this.#watching.set(key, watching);
    void this.#show(key, watching);
  }

  #unwatch(key: string): void {
    clearInterval(this.#watching.get(key)?.timer);
    this.#watching.delete(key);
  }

  /**
   * Sends the newest row, unless the one before is being read, the peer is behind, or the user has had as much as
   * it may. Any failure ends the watch.
   */
  async #show(key: string, watching: Watching): Promise<void> {
    if (watching.isReading || this.#peer.bufferedAmount > highWater) {
      this.#options.onLeftOut();
      return;
    }
    watching.isReading = true;
    let isDue = false;
    try {
      const text = await this.#options.budget.make(this.#principal.userId, async () => {
        isDue = true;
        return this.#watching.get(key) === watching ? this.#read(watching.watch) : undefined;
      });
      if (!isDue) this.#options.onLeftOut();
      if (text === undefined || this.#watching.get(key) !== watching) return;
      this.#peer.send(text);
      if (watching.watch.once) this.#unwatch(key);
    } catch (error) {
      if (this.#watching.get(key) !== watching) return;
      if (error instanceof RateLimited) {
        this.#options.onLeftOut();
        return;
      }
      this.#unwatch(key);
      this.#sendError(error);
    } finally {
      watching.isReading = false;
    }
  }

  async #read(watch: Watch): Promise<string | undefined> {
    this.#options.authorize(this.#principal, watch.moduleId);
    this.#options.admitRead(this.#principal);
    const row = await this.#options.service.newest(watch);
    return row && frameText(watch, row, this.#options.timeSlice);
  }

  #sendError(error: unknown): void {
    if (!this.#isFlooded()) this.#peer.send(this.#options.formatError(error));
  }
}
