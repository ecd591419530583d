import { type Role, roles } from "@eca/contract";
import type { Principal } from "../caller/principal.js";
import type { Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import type { KeyRow, UserRow } from "../store/port/rows.js";
import type { Store, Transaction } from "../store/port/store.js";
import type { Times } from "../time/times.js";
import { type Credential, CredentialCache } from "./credential-cache.js";
import type { SessionLifetime } from "./session-lifetime.js";
import { hashToken, isKeyToken } from "./token.js";

/** Whose token a request brings, a session's or a key's. */
export interface Credentials {
  /** @throws DomainError `unauthenticated`. */
  authenticate(token: string): Promise<Principal>;
  /** The same from the cache, where it was looked up a moment ago and nothing was revoked since; else undefined. */
  cached(token: string): Principal | undefined;
}

export interface CredentialsOptions {
  readonly store: Store;
  readonly times: Pick<Times, "wall" | "timer">;
  readonly lifetime: SessionLifetime;
  /** Called when a use could not be recorded; the call that it belongs to goes on. */
  readonly onTouchError: (error: unknown) => void;
}

/** Recording each use would make a write of every read, and a minute is exact enough. */
const touchInterval: Micros = 60_000_000;

export function createCredentials({ store, times, lifetime, onTouchError }: CredentialsOptions): Credentials {
  const sessionTouchInterval = Math.min(touchInterval, lifetime.idle / 10);
  const touching = new Set<string>();
  const cache = new CredentialCache({ store, times });

  /** Records a use in the background, once however many calls of the same moment ask for it. */
  const touch = (name: string, write: (tx: Transaction) => Promise<void>): void => {
    if (touching.has(name)) return;
    touching.add(name);
    store
      .transact(write)
      .catch(onTouchError)
      .finally(() => touching.delete(name));
  };

  const findSession = async (tokenHash: Uint8Array): Promise<Credential> => {
    const { session, user } = await lifetime.requireOpen(store, tokenHash);
    const now = times.wall();
    // A use that lies ahead was recorded by a clock that was wrong.
    if (Math.abs(now - session.last_used_at) > sessionTouchInterval) {
      touch(Buffer.from(tokenHash).toString("base64"), (tx) => tx.touchSession(tokenHash, now));
    }
    const principal = toPrincipal(user, user.role, { tokenHash, keyId: undefined, modules: undefined });
    return { principal, expiresAt: lifetime.endOf(session) };
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

  return {
    authenticate: (token) => cache.find(token, () => (isKeyToken(token) ? findKey : findSession)(hashToken(token))),
    cached: (token) => cache.cached(token),
  };
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
