import type { Role } from "@eca/contract";

/** Who calls. */
export interface Principal {
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  /** SHA-256 of the token that the call came with. */
  readonly tokenHash: Uint8Array;
  /** The key that the call came with; undefined where it came with a session. */
  readonly keyId: string | undefined;
  /** The only modules that the caller may touch; undefined for all. */
  readonly modules: readonly string[] | undefined;
}
