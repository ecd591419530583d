import type { Clock, Micros } from "../clock.js";
import { DomainError } from "../errors.js";
import { joinWrites } from "../store/join-writes.js";
import type { IdempotencyRow } from "../store/rows.js";
import type { Store } from "../store/store.js";

/** A call under a key of its caller's own. The same key of another user, or on another route, is another one. */
export interface KeyedCall {
  readonly userId: string;
  /** The contract's name of the route: `ess.create`. */
  readonly route: string;
  readonly key: string;
  /** SHA-256 of what is asked. */
  readonly requestHash: Uint8Array;
}

/** A reply that can be kept and given again. */
export type KeptReply = Pick<IdempotencyRow, "status" | "headers" | "body">;

/** Carries calls out once, however often they come. */
export interface IdempotencyService {
  /**
   * Runs `perform` unless the same call was carried out under its key before: then its reply is answered
   * again. The reply is kept in the transaction of the writes that `perform` makes with the store it is
   * given, so that neither is there without the other; a call that fails, or writes nothing, is not kept.
   *
   * @throws DomainError `idempotency_mismatch` when the key came with another call,
   * `idempotency_in_flight` while the first call is under way; what `perform` throws.
   */
  once(
    call: KeyedCall,
    perform: (store: Store) => Promise<KeptReply>,
  ): Promise<{ readonly reply: KeptReply; readonly replayed: boolean }>;
  /** Forgets the replies that were kept long enough; answers how many. */
  purge(): Promise<number>;
}

/** How long a reply is kept: 24 hours. */
export const replyLifetime: Micros = 24 * 3_600_000_000;

/** Replies deleted in one transaction: few enough not to hold up other writers. */
const purgeSize = 1000;

export function createIdempotencyService({ store, clock }: { store: Store; clock: Clock }): IdempotencyService {
  const inFlight = new Map<string, Uint8Array>();

  const keptReply = async ({ userId, route, key, requestHash }: KeyedCall): Promise<KeptReply | undefined> => {
    const kept = await store.idempotency(userId, route, key);
    if (kept === undefined || kept.created_at + replyLifetime <= clock()) return undefined;
    if (!isEqual(kept.request_hash, requestHash)) throw mismatch();
    return kept;
  };

  const carryOut = (call: KeyedCall, perform: (store: Store) => Promise<KeptReply>): Promise<KeptReply> =>
    joinWrites(store, perform, async (tx, { status, headers, body }) => {
      const created_at = clock();
      const { userId: user_id, route, key, requestHash: request_hash } = call;
      const row = { user_id, route, key, request_hash, status, headers, body, created_at };
      // Another server on the same store may have been faster.
      if (!(await tx.putIdempotency(row, created_at - replyLifetime + 1))) throw underWay();
    });

  return {
    once: async (call, perform) => {
      const name = JSON.stringify([call.userId, call.route, call.key]);
      const hash = inFlight.get(name);
      if (hash !== undefined) throw isEqual(hash, call.requestHash) ? underWay() : mismatch();
      inFlight.set(name, call.requestHash);
      try {
        const reply = await keptReply(call);
        if (reply !== undefined) return { reply, replayed: true };
        return { reply: await carryOut(call, perform), replayed: false };
      } finally {
        inFlight.delete(name);
      }
    },

    purge: async () => {
      const before = clock() - replyLifetime;
      let purged = 0;
      for (;;) {
        const deleted = await store.transact((tx) => tx.deleteIdempotency(before, purgeSize));
        purged += deleted;
        if (deleted < purgeSize) return purged;
      }
    },
  };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function mismatch(): DomainError {
  return new DomainError(
    "idempotency_mismatch",
    "header Idempotency-Key: came with another call before; take a new key for each call, and send the same bytes again to repeat one",
  );
}

function underWay(): DomainError {
  return new DomainError(
    "idempotency_in_flight",
    "header Idempotency-Key: the first call with this key is still under way; repeat this one to get its answer",
  );
}
