import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import { RateLimited } from "../throttling/rate-limited.js";
import type { KeptReplyLimits } from "../limits/limits.js";
import { RateLimiter } from "../throttling/rate-limiter.js";
import { withSharedTransaction } from "../store/shared-transaction.js";
import type { IdempotencyRow } from "../store/rows.js";
import type { Store, Transaction } from "../store/store.js";
import type { Times } from "../time/times.js";
import { createSeal, type Seal } from "./seal.js";

/** A call under a key of its caller's own. The same key of another user, or on another route, is another one. */
export interface KeyedCall {
  readonly userId: string;
  /** The contract's name of the route: `ess.create`. */
  readonly route: string;
  readonly key: string;
  /** SHA-256 of what is asked. */
  readonly requestHash: Uint8Array;
  /** Where the call or its reply holds a secret: another one, that is kept nowhere and closes what is kept of them. */
  readonly sealedBy?: string | Uint8Array;
  /**
   * Hears, before anybody else does, whether the call is the one that its key came with before; may refuse it.
   * For calls that hold a password: telling is answering a guess.
   */
  readonly judge?: (isSame: boolean) => void;
  /**
   * What is returned for a kept reply: by default the reply as it was. Undefined where it is good no more; then the
   * call is carried out anew.
   */
  readonly replay?: (reply: KeptReply) => Promise<KeptReply | undefined>;
  /** A kept reply that cannot be opened is carried out anew; without this it is refused as another caller's. */
  readonly renewsUnreadable?: true;
}

/** A reply that can be kept and given again. */
export type KeptReply = Pick<IdempotencyRow, "status" | "headers" | "body" | "rows">;

/** Carries calls out once, however often they come. */
export interface IdempotencyService {
  /** Bytes of the largest reply that is kept of a call that writes nothing. */
  readonly replyBytes: number;
  /**
   * Seals the replies to callers who have no token yet. It is in memory alone: what was sealed before a
   * restart, or by another server, cannot be opened any more.
   */
  readonly ownSecret: Uint8Array;
  /**
   * Runs `perform` unless the same call was carried out under its key before: then its reply is answered
   * again. The reply is kept in the transaction of the writes that `perform` makes with the store it is
   * given, so that neither is there without the other; where it writes nothing, in one of its own. A call
   * that fails is not kept.
   *
   * @throws DomainError `idempotency_mismatch` when the key came with another call,
   * `idempotency_in_flight` while the first call is under way; of a call that writes nothing
   * `invalid_request` when its reply is too large to be kept, `rate_limited` when its user has had too much
   * kept; what `perform` throws.
   */
  once(
    call: KeyedCall,
    perform: (store: Store) => Promise<KeptReply>,
  ): Promise<{ readonly reply: KeptReply; readonly replayed: boolean }>;
  /** The reply that is kept of a call; undefined where there is none. @throws DomainError `idempotency_mismatch`. */
  recall(call: KeyedCall): Promise<KeptReply | undefined>;
  /** Forgets the replies that were kept long enough; answers how many. */
  purge(): Promise<number>;
}

export interface IdempotencyServiceDependencies {
  readonly store: Store;
  readonly times: Pick<Times, "now" | "aging" | "timer">;
  readonly limits: KeptReplyLimits;
}

/** Replies deleted in one transaction: few enough not to hold up other writers. */
const purgeSize = 1000;

/** About what a kept reply takes beside its body. */
const rowBytes = 1024;

/** What is known of a call when it comes. */
interface Known {
  readonly reply?: KeptReply;
  /** Replies kept before this instant give way. */
  readonly since: Micros;
}

export function createIdempotencyService({ store, times, limits }: IdempotencyServiceDependencies): IdempotencyService {
  const { retention, replyBytes, userBytes } = limits;
  const lifetime: Micros = retention * 1000;
  const inFlight = new Map<string, Uint8Array>();
  const budgets = new RateLimiter({ count: userBytes, period: retention }, times.timer);

  const requireSame = ({ judge, sealedBy }: KeyedCall, isSame: boolean): void => {
    judge?.(isSame);
    if (!isSame) throw mismatch(sealedBy !== undefined);
  };

  const lookUp = async (call: KeyedCall, seal: Seal | undefined, hash: Uint8Array): Promise<Known> => {
    const oldest = times.aging() - lifetime + 1;
    const kept = await store.idempotency(call.userId, call.route, call.key);
    if (kept === undefined || kept.created_at < oldest) return { since: oldest };
    const outdated = { since: kept.created_at + 1 };
    const body = seal === undefined ? kept.body : seal.open(kept.body);
    if (body === undefined) {
      if (call.renewsUnreadable === true) return outdated;
      throw mismatch(true);
    }
    requireSame(call, isEqual(kept.request_hash, hash));
    const first = { status: kept.status, headers: kept.headers, body, rows: kept.rows };
    const reply = call.replay === undefined ? first : await call.replay(first);
    return reply === undefined ? outdated : { reply, since: oldest };
  };

  /** Takes what a reply weighs from what its user may have kept. */
  const requireRoom = ({ userId }: KeyedCall, { body }: KeptReply): void => {
    const bytes = Buffer.byteLength(body);
    if (bytes > replyBytes) throw tooLargeToKeep(replyBytes);
    const wait = budgets.take(userId, bytes + rowBytes);
    if (wait > 0)
      throw new RateLimited(
        "too many bytes of answers are kept under this user's Idempotency-Keys; leave the key out",
        wait,
      );
  };

  const carryOut = async (
    call: KeyedCall,
    perform: (store: Store) => Promise<KeptReply>,
    { seal, hash, since }: { seal: Seal | undefined; hash: Uint8Array; since: Micros },
  ): Promise<KeptReply> => {
    let isKept = false;
    const keep = async (tx: Transaction, reply: KeptReply): Promise<void> => {
      const { userId: user_id, route, key } = call;
      const body = seal === undefined ? reply.body : seal.close(reply.body);
      const row = { user_id, route, key, request_hash: hash, ...reply, body, created_at: times.now() };
      // Another server on the same store may have been faster.
      if (!(await tx.putIdempotency(row, since))) throw underWay();
      isKept = true;
    };
    const reply = await withSharedTransaction(store, perform, keep);
    if (!isKept) {
      requireRoom(call, reply);
      await store.transact((tx) => keep(tx, reply));
    }
    return reply;
  };

  const prepare = (call: KeyedCall) => {
    const seal = call.sealedBy === undefined ? undefined : createSeal(call.sealedBy, call);
    return { seal, hash: seal === undefined ? call.requestHash : seal.fingerprint(call.requestHash) };
  };

  return {
    replyBytes,
    ownSecret: randomBytes(32),

    once: async (call, perform) => {
      const { seal, hash } = prepare(call);
      const name = JSON.stringify([call.userId, call.route, call.key]);
      const running = inFlight.get(name);
      if (running !== undefined) {
        requireSame(call, isEqual(running, hash));
        throw underWay();
      }
      inFlight.set(name, hash);
      try {
        const { reply, since } = await lookUp(call, seal, hash);
        if (reply !== undefined) return { reply, replayed: true };
        return { reply: await carryOut(call, perform, { seal, hash, since }), replayed: false };
      } finally {
        inFlight.delete(name);
      }
    },

    recall: async (call) => {
      const { seal, hash } = prepare(call);
      return (await lookUp(call, seal, hash)).reply;
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

/** The refusal of a call that writes nothing, whose answer has more bytes than are kept of one. */
export function tooLargeToKeep(bytes: number): DomainError {
  return new DomainError(
    "invalid_request",
    `header Idempotency-Key: the answer has more than the ${bytes} bytes that are kept under a key; ask for less, or leave the key out`,
  );
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function mismatch(isSealed: boolean): DomainError {
  return new DomainError(
    "idempotency_mismatch",
    `header Idempotency-Key: came with another call before${isSealed ? ", or with another session or key of yours" : ""}; ` +
      "take a new key for each call, and send the same bytes again to repeat one",
  );
}

function underWay(): DomainError {
  return new DomainError(
    "idempotency_in_flight",
    "header Idempotency-Key: the first call with this key is still under way; repeat this one to get its answer",
  );
}
