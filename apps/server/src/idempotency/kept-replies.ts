import { timingSafeEqual } from "node:crypto";
import type { Micros } from "../clock.js";
import type { KeptReplyLimits } from "../limits/limits.js";
import type { Store, Transaction } from "../store/port/store.js";
import { RateLimited } from "../throttling/rate-limited.js";
import { RateLimiter } from "../throttling/rate-limiter.js";
import type { Times } from "../time/times.js";
import { keyInFlight, keyMismatch, tooLargeToKeep } from "./key-errors.js";
import type { Fingerprint, KeptReply, KeyedCall } from "./keyed-call.js";

/** The replies that are kept of calls, each for as long as the limits say. */
export interface KeptReplies {
  /** What is kept of a call. @throws DomainError `idempotency_mismatch` where its key came with another call. */
  find(call: KeyedCall, fingerprint: Fingerprint): Promise<Found>;
  /** Keeps a reply, in the transaction of what it tells. @throws DomainError `idempotency_in_flight` where one is there. */
  keep(tx: Transaction, reply: KeptReply, under: Place): Promise<void>;
  /**
   * Takes what a reply weighs, that nothing is written with, from what its user may have kept.
   *
   * @throws DomainError `invalid_request` where it is too large to be kept, `rate_limited` where its user has had too much kept.
   */
  takeAllowance(call: KeyedCall, reply: KeptReply): void;
  /** Forgets the replies that were kept long enough; returns how many. */
  purge(): Promise<number>;
}

interface Found {
  /** The reply as it is returned by now; undefined where the call is to be carried out. */
  readonly reply?: KeptReply;
  /** Replies kept before this instant give way. */
  readonly since: Micros;
}

/** Where a reply is kept. */
export interface Place {
  readonly call: KeyedCall;
  readonly fingerprint: Fingerprint;
  readonly since: Micros;
}

export interface KeptRepliesDependencies {
  readonly store: Store;
  readonly times: Pick<Times, "now" | "aging" | "timer">;
  readonly limits: KeptReplyLimits;
}

/** Replies deleted in one transaction: few enough not to hold up other writers. */
const purgeSize = 1000;

/** About what a kept reply takes beside its body. */
const rowBytes = 1024;

export function createKeptReplies({ store, times, limits }: KeptRepliesDependencies): KeptReplies {
  const { retention, replyBytes, userBytes } = limits;
  const lifetime: Micros = retention * 1000;
  const allowances = new RateLimiter({ count: userBytes, period: retention }, times.timer);
  return {
    find: async (call, { hash, seal }) => {
      const oldest = times.aging() - lifetime + 1;
      const kept = await store.idempotency(call.userId, call.route, call.key);
      if (kept === undefined || kept.created_at < oldest) return { since: oldest };
      const body = seal === undefined ? kept.body : seal.open(kept.body);
      if (body === undefined || !isEqual(kept.request_hash, hash)) throw keyMismatch(seal !== undefined);
      const first = { status: kept.status, headers: kept.headers, body, rows: kept.rows };
      const reply = call.replay === undefined ? first : await call.replay(first);
      return reply === undefined ? { since: kept.created_at + 1 } : { reply, since: oldest };
    },

    keep: async (tx, reply, { call, fingerprint: { hash, seal }, since }) => {
      const { userId: user_id, route, key } = call;
      const body = seal === undefined ? reply.body : seal.close(reply.body);
      const row = { user_id, route, key, request_hash: hash, ...reply, body, created_at: times.now() };
      // Another server on the same store may have been faster.
      if (!(await tx.putIdempotency(row, since))) throw keyInFlight();
    },

    takeAllowance: ({ userId }, { body }) => {
      const bytes = Buffer.byteLength(body);
      if (bytes > replyBytes) throw tooLargeToKeep(replyBytes);
      const wait = allowances.take(userId, bytes + rowBytes);
      if (wait > 0) {
        const detail = "too many bytes of answers are kept under this user's Idempotency-Keys; leave the key out";
        throw new RateLimited(detail, wait);
      }
    },

    purge: async () => {
      const before = times.aging() - lifetime;
      let purged = 0;
      for (;;) {
        const deleted = await store.transact((tx) => tx.deleteIdempotency(before, purgeSize));
        purged += deleted;
        // Fewer than were asked for may be all that can be deleted without a wait for others.
        if (deleted === 0) return purged;
      }
    },
  };
}

/** Whether two hashes are the same, in a time that tells nothing of where they differ. */
export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
