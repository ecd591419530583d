import { withSharedTransaction } from "../store/shared-transaction.js";
import type { Store } from "../store/port/store.js";
import { createKeptReplies, isEqual, type KeptRepliesDependencies, type Place } from "./kept-replies.js";
import { keyInFlight, keyMismatch } from "./key-errors.js";
import { fingerprintOf, type KeptReply, type KeyedCall } from "./keyed-call.js";

/** Carries calls out once, however often they come. */
export interface IdempotencyService {
  /** Bytes of the largest reply that is kept of a call that writes nothing. */
  readonly replyBytes: number;
  /**
   * Runs `perform` unless the same call was carried out under its key before: then its reply is replayed.
   * The reply is kept in the transaction of the writes that `perform` makes with the store it is
   * given, so that neither is there without the other; where it writes nothing, in one of its own. A call
   * that fails is not kept.
   *
   * @throws DomainError `idempotency_mismatch` when the key came with another call,
   * `idempotency_in_flight` while the first call is under way; of a call that writes nothing
   * `invalid_request` when its reply is too large to be kept, `rate_limited` when its user has had too much
   * kept; what `perform` throws.
   */
  run(
    call: KeyedCall,
    perform: (store: Store) => Promise<KeptReply>,
  ): Promise<{ readonly reply: KeptReply; readonly replayed: boolean }>;
  /** Forgets the replies that were kept long enough; returns how many. */
  purge(): Promise<number>;
}

export function createIdempotencyService(dependencies: KeptRepliesDependencies): IdempotencyService {
  const { store, limits } = dependencies;
  const kept = createKeptReplies(dependencies);
  /** The hashes of the calls that are under way. */
  const inFlight = new Map<string, Uint8Array>();

  const carryOut = async (perform: (store: Store) => Promise<KeptReply>, place: Place): Promise<KeptReply> => {
    let isKept = false;
    const reply = await withSharedTransaction(store, perform, async (tx, performed) => {
      await kept.keep(tx, performed, place);
      isKept = true;
    });
    if (!isKept) {
      kept.takeAllowance(place.call, reply);
      await store.transact((tx) => kept.keep(tx, reply, place));
    }
    return reply;
  };

  return {
    replyBytes: limits.replyBytes,

    run: async (call, perform) => {
      const fingerprint = fingerprintOf(call);
      const name = JSON.stringify([call.userId, call.route, call.key]);
      const running = inFlight.get(name);
      if (running !== undefined) {
        throw isEqual(running, fingerprint.hash) ? keyInFlight() : keyMismatch(fingerprint.seal !== undefined);
      }
      inFlight.set(name, fingerprint.hash);
      try {
        const { reply, since } = await kept.find(call, fingerprint);
        if (reply !== undefined) return { reply, replayed: true };
        return { reply: await carryOut(perform, { call, fingerprint, since }), replayed: false };
      } finally {
        inFlight.delete(name);
      }
    },

    purge: () => kept.purge(),
  };
}
