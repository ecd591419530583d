import { type AuthResponse, type Role, roles, type Session } from "@eca/contract";
import type { Actor } from "../caller/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import { formatTimestamp, type Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import type { Principal } from "../caller/principal.js";
import type { KeyRow, SessionRow, UserRow } from "../store/rows.js";
import type { Reader, Store, Transaction } from "../store/store.js";
import type { Times } from "../time/times.js";
import { type Credential, CredentialCache } from "./credential-cache.js";
import type { LoginGuard } from "./login-guard.js";
import { requireStrongPassword } from "../password/new-password.js";
import type { Passwords } from "../password/password.js";
import { hashToken, isKeyToken, newSessionToken } from "./token.js";

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

/** Who may call, and for how long. */
export interface AuthService extends SessionCalls {
  /** Whose token this is, a session's or a key's. @throws DomainError `unauthenticated`. */
  authenticate(token: string): Promise<Principal>;
  /** The same at once, where it was found out a moment ago and nothing was revoked since; else undefined. */
  recall(token: string): Principal | undefined;
  /** Forgets the sessions that have expired; answers how many. */
  purge(): Promise<number>;
  /** How many sessions have not ended. */
  liveSessions(): Promise<number>;
}

export interface AuthServiceDependencies {
  readonly store: Store;
  readonly times: Pick<Times, "wall" | "aging" | "timer">;
  readonly passwords: Passwords;
  readonly guard: LoginGuard;
  readonly audit: Pick<AuditLog, "record" | "attempted">;
  /** Milliseconds without use after which a session ends. */
  readonly sessionIdle: number;
  /** Milliseconds after its login at which a session ends; undefined where idleness alone ends it. */
  readonly sessionLifetime: number | undefined;
  /** Told when a use could not be noted; the call that it belongs to goes on. */
  readonly onTouchError: (error: unknown) => void;
}

/** Noting each use would make a write of every read; a minute is exact enough for all who ask. */
const touchInterval: Micros = 60_000_000;

export function createAuthService(dependencies: AuthServiceDependencies): AuthService {
  const { store, times, passwords, guard, audit, onTouchError } = dependencies;
  const idle: Micros = dependencies.sessionIdle * 1000;
  const lifetime: Micros = (dependencies.sessionLifetime ?? Infinity) * 1000;
  const sessionTouchInterval = Math.min(touchInterval, idle / 10);
  // Unknown names are checked against this, so that they cost the same time as known ones.
  const decoy = passwords.hash(newSessionToken());
  const touching = new Set<string>();
  const credentials = new CredentialCache({ store, times });

  /** Notes a use in the background, once however many calls of the same moment ask for it. */
  const touch = (name: string, write: (tx: Transaction) => Promise<void>): void => {
    if (touching.has(name)) return;
    touching.add(name);
    store
      .transact(write)
      .catch(onTouchError)
      .finally(() => touching.delete(name));
  };

  const endOf = ({ created_at, last_used_at }: SessionRow): Micros =>
    Math.min(last_used_at + idle, created_at + lifetime);

  /** When the oldest of the sessions that have not ended by `now` can have begun and been used last. */
  const oldest = (now: Micros): [createdAt: Micros, usedAt: Micros] => [Math.max(now - lifetime, 0), now - idle];

  const toSession = (session: SessionRow, user: UserRow): Session => ({
    user_id: user.user_id,
    username: user.username,
    role: user.role,
    created_at: formatTimestamp(session.created_at),
    idle_expires_at: formatTimestamp(endOf(session)),
    expires_at: lifetime === Infinity ? null : formatTimestamp(session.created_at + lifetime),
  });

  const requireSession = async (
    reader: Reader,
    tokenHash: Uint8Array,
  ): Promise<{ session: SessionRow; user: UserRow }> => {
    const found = await reader.session(tokenHash);
    if (found !== undefined && !found.user.disabled && times.wall() < endOf(found.session)) return found;
    throw new DomainError("unauthenticated", "the session is unknown or has ended; log in again with POST /login");
  };

  const findSession = async (tokenHash: Uint8Array): Promise<Credential> => {
    const { session, user } = await requireSession(store, tokenHash);
    const now = times.wall();
    // A use that lies ahead was noted by a clock that was wrong.
    if (Math.abs(now - session.last_used_at) > sessionTouchInterval) {
      touch(Buffer.from(tokenHash).toString("base64"), (tx) => tx.touchSession(tokenHash, now));
    }
    const principal = toPrincipal(user, user.role, { tokenHash, keyId: undefined, modules: undefined });
    return { principal, expiresAt: endOf(session) };
  };

  const findKey = async (tokenHash: Uint8Array): Promise<Credential> => {
    const found = await store.keyByToken(tokenHash);
    const now = times.wall();
    if (found === undefined || found.user.disabled || isExpired(found.key, now)) {
      throw new DomainError("unauthenticated", "the key is unknown, revoked or expired");
    }
    const { key, user } = found;
    if (key.last_used_at === null || Math.abs(now - key.last_used_at) > touchInterval) {
      touch(key.key_id, (tx) => tx.touchKey(key.key_id, now));
    }
    const role = lesser(key.role, user.role);
    const principal = toPrincipal(user, role, { tokenHash, keyId: key.key_id, modules: key.modules ?? undefined });
    return { principal, expiresAt: key.expires_at ?? Infinity };
  };

  /** The user whose name and password these are; undefined where there is none. */
  const checkPassword = async (username: string, password: string): Promise<UserRow | undefined> => {
    const user = await store.userByName(username);
    const matches = await passwords.verify(password, user?.password_hash ?? (await decoy));
    return matches && user?.disabled === false ? user : undefined;
  };

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

  /** Notes a wrong password, of known and unknown names alike; an unknown name may be a password itself. */
  const noteFailure = async (username: string, actor: Actor, detail?: string): Promise<void> => {
    const user = await store.userByName(username);
    await audit.attempted(actor, { kind: "login_failed", user, ...(detail !== undefined && { detail }) });
  };

  const calls: SessionCalls = {
    login: async (username, password, actor) => {
      try {
        const checked = await guard.attempt(username, actor.address, () => checkPassword(username, password));
        if (checked === undefined) throw wrongLogin();
        return await beginSession(checked, actor);
      } catch (error) {
        // Only now: within the transaction of the session another write would wait for it.
        if (error instanceof DomainError && error.code === "invalid_credentials") await noteFailure(username, actor);
        throw error;
      }
    },

    session: async ({ tokenHash }) => {
      const { session, user } = await requireSession(store, tokenHash);
      return toSession(session, user);
    },

    logout: async ({ tokenHash }) => {
      const { session, user } = await requireSession(store, tokenHash);
      await store.transact((tx) => tx.deleteSession(tokenHash));
      return toSession(session, user);
    },

    changePassword: async ({ tokenHash, username }, current, next, actor) => {
      const checked = await guard.attempt(username, actor.address, () => checkPassword(username, current));
      if (checked === undefined) {
        await noteFailure(username, actor, "the current password, for a change");
        throw new DomainError("invalid_credentials", "current_password is wrong");
      }
      requireStrongPassword(next, { username, field: "new_password" });
      const passwordHash = await passwords.hash(next);
      return store.transact(async (tx) => {
        const { session, user } = await requireSession(tx, tokenHash);
        if (user.password_hash !== checked.password_hash) {
          throw new DomainError("invalid_credentials", "the password was changed by somebody else in the meantime");
        }
        await tx.updatePassword(user.user_id, passwordHash);
        await tx.deleteSessionsOf(user.user_id);
        await tx.insertSession(session);
        await audit.record(tx, actor, { kind: "password_changed", subjectId: user.user_id });
        return toSession(session, user);
      });
    },
  };

  return {
    ...calls,

    authenticate: (token) =>
      credentials.find(token, () => (isKeyToken(token) ? findKey : findSession)(hashToken(token))),
    recall: (token) => credentials.recall(token),

    purge: () => store.transact((tx) => tx.deleteExpiredSessions(...oldest(times.aging()))),

    liveSessions: () => store.countSessions(...oldest(times.wall())),
  };
}

function wrongLogin(): DomainError {
  return new DomainError("invalid_credentials", "username or password is wrong");
}

/** Whether a key's time is over. */
export function isExpired({ expires_at }: Pick<KeyRow, "expires_at">, now: Micros): boolean {
  return expires_at !== null && now >= expires_at;
}

function lesser(one: Role, other: Role): Role {
  return roles.indexOf(one) < roles.indexOf(other) ? one : other;
}

function toPrincipal(
  { user_id: userId, username }: UserRow,
  role: Role,
  credential: Pick<Principal, "tokenHash" | "keyId" | "modules">,
): Principal {
  return { userId, username, role, ...credential };
}
