import type { Principal } from "./principal.js";

/** Who acts and from where, as the audit log tells it. */
export interface Actor {
  /** Undefined where nobody is logged in yet. */
  readonly principal: Pick<Principal, "userId" | "username" | "keyId"> | undefined;
  readonly address: string | null;
  readonly requestId: string | null;
}

/** Whoever has a shell on the server's machine. */
export const commandLine: Actor = { principal: undefined, address: null, requestId: null };
