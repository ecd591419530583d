import { type NewKey, roles } from "@eca/contract";
import type { Actor } from "../caller/actor.js";
import type { Act, AuditLog } from "../audit/audit-log.js";
import { isExpired } from "../auth/credentials.js";
import { hashToken, hintOf, newKeyToken } from "../auth/token.js";
import { type Micros, parseInstant } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import { createList, type List } from "../lists/list.js";
import type { KeyRow, UserRow } from "../store/port/rows.js";
import type { Reader, Store } from "../store/port/store.js";
import type { Times } from "../time/times.js";
import { requireUser } from "../user/service.js";
import { newKeyId } from "./key-id.js";

/** A key and the user that it belongs to. */
export interface OwnedKey {
  readonly key: KeyRow;
  readonly user: UserRow;
}

/** The same with the token, which is kept nowhere. */
export interface TokenOfKey extends OwnedKey {
  readonly token: string;
}

/** Programs that call on behalf of a user. */
export interface KeyService {
  /**
   * Makes a key.
   *
   * @param owner Whose key it is, unless `user_id` says otherwise.
   * @throws DomainError `user_not_found`, or `invalid_request` when the role is more than the user's, an
   * administrator's key would be limited to modules, or the expiry has passed.
   */
  create(key: NewKey, owner: string, actor: Actor): Promise<TokenOfKey>;
  /** All keys, oldest first, expired ones too. */
  list(): List<OwnedKey>;
  /** @throws DomainError `key_not_found`. */
  get(keyId: string): Promise<OwnedKey>;
  /** Gives a key a new token; the old one is dead once this resolves. @throws DomainError `key_not_found`, `key_expired`. */
  rotate(keyId: string, actor: Actor): Promise<TokenOfKey>;
  /** Deletes a key and answers it; it is dead once this resolves. @throws DomainError `key_not_found`. */
  revoke(keyId: string, actor: Actor): Promise<OwnedKey>;
}

/** Later instants lose their microseconds in a number; nobody needs them. */
const latestExpiry: Micros = Date.UTC(2200, 0, 1) * 1000;

export interface KeyServiceDependencies {
  readonly store: Store;
  readonly times: Pick<Times, "now" | "wall">;
  readonly audit: Pick<AuditLog, "record">;
}

export function createKeyService({ store, times, audit }: KeyServiceDependencies): KeyService {
  return {
    create: async ({ user_id, name, role, modules, expires_at }, owner, actor) => {
      const expiresAt = expires_at === null ? null : parseInstant(expires_at);
      const token = newKeyToken();
      return store.transact(async (tx) => {
        const now = times.now();
        const user = await requireUser(tx, user_id ?? owner, "/user_id");
        requireSensible({ role, modules, expiresAt }, user, times.wall());
        const key: KeyRow = {
          key_id: newKeyId(now),
          token_hash: hashToken(token),
          user_id: user.user_id,
          name,
          hint: hintOf(token),
          role,
          modules: modules && [...new Set(modules)],
          created_at: now,
          expires_at: expiresAt,
          last_used_at: null,
        };
        await tx.insertKey(key);
        await audit.record(tx, actor, actOn({ key, user }, "key_created"));
        return { key, user, token };
      });
    },

    list: () =>
      createList<OwnedKey, string>({
        order: "asc",
        read: async (page) => Promise.all((await store.keys(page)).map((key) => withOwner(store, key))),
        keyOf: ({ key }) => key.key_id,
      }),

    get: async (keyId) => withOwner(store, await requireKey(store, keyId)),

    rotate: async (keyId, actor) => {
      const token = newKeyToken();
      return store.transact(async (tx) => {
        const key = await requireKey(tx, keyId);
        if (isExpired(key, times.wall())) {
          throw new DomainError("key_expired", `the key "${key.name}" has expired; create another one`);
        }
        await tx.replaceToken(keyId, hashToken(token), hintOf(token));
        const owned = await withOwner(tx, await requireKey(tx, keyId));
        await audit.record(tx, actor, actOn(owned, "key_rotated"));
        return { ...owned, token };
      });
    },

    revoke: (keyId, actor) =>
      store.transact(async (tx) => {
        const owned = await withOwner(tx, await requireKey(tx, keyId));
        await tx.deleteKey(keyId);
        await tx.forgetReplies({ kind: "key", module_id: null, id: keyId });
        await audit.record(tx, actor, actOn(owned, "key_revoked"));
        return owned;
      }),
  };
}

function actOn({ key, user }: OwnedKey, kind: Act["kind"]): Act {
  return { kind, subjectId: key.key_id, detail: `"${key.name}" of "${user.username}", ${key.role}` };
}

function requireSensible(
  { role, modules, expiresAt }: Pick<NewKey, "role" | "modules"> & { expiresAt: Micros | null },
  user: UserRow,
  now: Micros,
): void {
  const reject = (pointer: string, detail: string): never => {
    throw new DomainError("invalid_request", [{ detail: `${pointer.slice(1)}: ${detail}`, pointer }]);
  };
  if (roles.indexOf(role) > roles.indexOf(user.role)) {
    reject("/role", `"${user.username}" is a ${user.role}; their keys cannot be more`);
  }
  // The users and keys that an administrator's key may make would not be limited.
  if (role === "admin" && modules !== null) reject("/modules", "an administrator's key cannot be limited to modules");
  if (expiresAt !== null && expiresAt <= now) reject("/expires_at", "has passed; choose a later instant");
  if (expiresAt !== null && expiresAt > latestExpiry) {
    reject("/expires_at", "must be before 2200; leave it out for a key that never expires");
  }
}

async function requireKey(reader: Reader, keyId: string): Promise<KeyRow> {
  const key = await reader.key(keyId);
  if (key !== undefined) return key;
  throw new DomainError("key_not_found", `no key has the id "${keyId}"; it may have been revoked`);
}

async function withOwner(reader: Reader, key: KeyRow): Promise<OwnedKey> {
  return { key, user: await requireUser(reader, key.user_id) };
}
