import type { AuditLog } from "../audit/audit-log.js";
import type { Actor } from "../caller/actor.js";
import type { Passwords } from "../password/password.js";
import type { UserRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import type { LoginGuard } from "./login-guard.js";
import { newSessionToken } from "./token.js";

/** Checks of passwords that come from outside. */
export interface LoginAttempts {
  /**
   * The user whose name and password these are; undefined where there is none. Costs the same for known, unknown and
   * disabled names.
   *
   * @throws DomainError `rate_limited`.
   */
  check(username: string, password: string, actor: Actor): Promise<UserRow | undefined>;
  /** Writes a wrong password into the audit log, of known and unknown names alike: an unknown name may be a password itself. */
  noteFailure(username: string, actor: Actor, detail?: string): Promise<void>;
}

export interface LoginAttemptsOptions {
  readonly store: Pick<Reader, "userByName">;
  readonly passwords: Passwords;
  readonly guard: LoginGuard;
  readonly audit: Pick<AuditLog, "attempted">;
}

export function createLoginAttempts({ store, passwords, guard, audit }: LoginAttemptsOptions): LoginAttempts {
  // Unknown names are checked against this, so that they cost the same time as known ones.
  const decoy = passwords.hash(newSessionToken());

  const checkPassword = async (username: string, password: string): Promise<UserRow | undefined> => {
    const user = await store.userByName(username);
    const matches = await passwords.verify(password, user?.password_hash ?? (await decoy));
    return matches && user?.disabled === false ? user : undefined;
  };

  return {
    check: (username, password, { address }) =>
      guard.attempt(username, address, () => checkPassword(username, password)),
    noteFailure: async (username, actor, detail) => {
      const user = await store.userByName(username);
      await audit.attempted(actor, { kind: "login_failed", user, ...(detail !== undefined && { detail }) });
    },
  };
}
