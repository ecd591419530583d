import type { IdempotencyRow } from "../store/port/rows.js";
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
   * What is returned for a kept reply: by default the reply as it was. Undefined where it is good no more; then the
   * call is carried out anew.
   */
  readonly replay?: (reply: KeptReply) => Promise<KeptReply | undefined>;
}

/** A reply that can be kept and given again. */
export type KeptReply = Pick<IdempotencyRow, "status" | "headers" | "body" | "rows">;

/** What a call is known by when it is repeated. */
export interface Fingerprint {
  readonly hash: Uint8Array;
  /** Closes what is kept of a call that holds a secret. */
  readonly seal: Seal | undefined;
}

/** The fingerprint of a call: the hash of what it asks, which a seal keeps guesses from. */
export function fingerprintOf(call: KeyedCall): Fingerprint {
  if (call.sealedBy === undefined) return { hash: call.requestHash, seal: undefined };
  const seal = createSeal(call.sealedBy, call);
  return { hash: seal.fingerprint(call.requestHash), seal };
}
