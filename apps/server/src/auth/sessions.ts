import type { AuthResponse, Session } from "@eca/contract";
import type { AuditLog } from "../audit/audit-log.js";
import type { Actor } from "../caller/actor.js";
import type { Principal } from "../caller/principal.js";
import { DomainError } from "../errors/domain-error.js";
import { requireStrongPassword } from "../password/new-password.js";
import type { Passwords } from "../password/password.js";
import type { UserRow } from "../store/port/rows.js";
import type { Store } from "../store/port/store.js";
import type { Times } from "../time/times.js";
import type { LoginAttempts } from "./login-attempts.js";
import type { SessionLifetime } from "./session-lifetime.js";
import { hashToken, newSessionToken } from "./token.js";

/** What callers do about their own sessions. */
export interface SessionCalls {
  /**
   * Begins a session.
   *
   * @throws DomainError `invalid_credentials`, at the same cost for known, unknown and disabled names, or
   * `rate_limited`.
   */
  login(username: string, password: string, actor: Actor): Promise<AuthResponse>;
  /** The caller's own session. @throws DomainError `unauthenticated`. */
  session(principal: Principal): Promise<Session>;
  /** Ends the caller's own session: its token is dead once this resolves. @throws DomainError `unauthenticated`. */
  logout(principal: Principal): Promise<Session>;
  /**
   * Changes the caller's own password and ends their other sessions.
   *
   * @throws DomainError `unauthenticated`, `invalid_credentials` when `current` is wrong, `rate_limited`,
   *   `invalid_request` where `next` is easy to guess.
   */
  changePassword(principal: Principal, current: string, next: string, actor: Actor): Promise<Session>;
}

export interface SessionCallsOptions {
  readonly store: Store;
  readonly times: Pick<Times, "wall">;
  readonly passwords: Passwords;
  readonly attempts: LoginAttempts;
  readonly audit: Pick<AuditLog, "record">;
  readonly lifetime: SessionLifetime;
}

export function createSessionCalls(options: SessionCallsOptions): SessionCalls {
  const { store, times, passwords, attempts, audit, lifetime } = options;

  /** Begins a session of a user whose password was right. @throws DomainError where that is no longer so. */
  const beginSession = (checked: UserRow, actor: Actor): Promise<AuthResponse> =>
    store.transact(async (tx) => {
      const user = await tx.user(checked.user_id);
      if (user === undefined || user.disabled || user.password_hash !== checked.password_hash) throw wrongLogin();
      const token = newSessionToken();
      const now = times.wall();
      await tx.insertSession({
        token_hash: hashToken(token),
        user_id: user.user_id,
        created_at: now,
        last_used_at: now,
      });
      await audit.record(tx, actor, { kind: "login_succeeded", user });
      return { role: user.role, session_id: token, user_id: user.user_id, username: user.username };
    });

  return {
    login: async (username, password, actor) => {
      try {
        const checked = await attempts.check(username, password, actor);
        if (checked === undefined) throw wrongLogin();
        return await beginSession(checked, actor);
      } catch (error) {
        // Only now: within the transaction of the session another write would wait for it.
        if (error instanceof DomainError && error.code === "invalid_credentials") {
          await attempts.noteFailure(username, actor);
        }
        throw error;
      }
    },

    session: async ({ tokenHash }) => lifetime.toSession(await lifetime.requireOpen(store, tokenHash)),

    logout: async ({ tokenHash }) => {
      const open = await lifetime.requireOpen(store, tokenHash);
      await store.transact((tx) => tx.deleteSession(tokenHash));
      return lifetime.toSession(open);
    },

    changePassword: async ({ tokenHash, username }, current, next, actor) => {
      const checked = await attempts.check(username, current, actor);
      if (checked === undefined) {
        await attempts.noteFailure(username, actor, "the current password, for a change");
        throw new DomainError("invalid_credentials", "current_password is wrong");
      }
      requireStrongPassword(next, { username, field: "new_password" });
      const passwordHash = await passwords.hash(next);
      return store.transact(async (tx) => {
        const open = await lifetime.requireOpen(tx, tokenHash);
        if (open.user.password_hash !== checked.password_hash) {
          throw new DomainError("invalid_credentials", "the password was changed by somebody else in the meantime");
        }
        await tx.updatePassword(open.user.user_id, passwordHash);
        await tx.deleteSessionsOf(open.user.user_id);
        await tx.insertSession(open.session);
        await audit.record(tx, actor, { kind: "password_changed", subjectId: open.user.user_id });
        return lifetime.toSession(open);
      });
    },
  };
}

function wrongLogin(): DomainError {
  return new DomainError("invalid_credentials", "username or password is wrong");
}
