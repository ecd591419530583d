import { randomUUID } from "node:crypto";
import type { NewUser, UserUpdate } from "@eca/contract";
import type { Actor } from "../caller/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import { requireStrongPassword } from "../password/new-password.js";
import type { Passwords } from "../password/password.js";
import type { Clock } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import type { List } from "../lists/list.js";
import type { UserRow } from "../store/port/rows.js";
import type { Reader, Store } from "../store/port/store.js";
import { hasAdministrator, userList } from "./users.js";

/** Who may log in. */
export interface UserService {
  /** @throws DomainError `username_taken`, or `invalid_request` where the password is easy to guess. */
  create(user: NewUser, actor: Actor): Promise<UserRow>;
  /** All users, by name. */
  list(): List<UserRow>;
  /** @throws DomainError `user_not_found`. */
  get(userId: string): Promise<UserRow>;
  /** The user with exactly this name. @throws DomainError `user_not_found`. */
  getByName(username: string): Promise<UserRow>;
  /**
   * Changes what is given. A new password and disabling each end the user's sessions.
   *
   * @throws DomainError `user_not_found`, `last_administrator` when nobody would be left to administer, or
   *   `invalid_request` where the new password is easy to guess.
   */
  update(userId: string, change: UserUpdate, actor: Actor): Promise<UserRow>;
}

export interface UserServiceDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Pick<Passwords, "hash">;
  readonly audit: Pick<AuditLog, "record">;
}

export function createUserService({ store, clock, passwords, audit }: UserServiceDependencies): UserService {
  const hashNew = async (userId: string, password: string): Promise<string> => {
    const { username } = await requireUser(store, userId);
    requireStrongPassword(password, { username, field: "password" });
    return passwords.hash(password);
  };

  return {
    create: async ({ username, role, password }, actor) => {
      requireStrongPassword(password, { username, field: "password" });
      const passwordHash = await passwords.hash(password);
      return store.transact(async (tx) => {
        if ((await tx.userByName(username)) !== undefined) {
          const detail = `there is a user "${username}" already; choose another name`;
          throw new DomainError("username_taken", [{ detail, pointer: "/username" }]);
        }
        const user: UserRow = {
          user_id: randomUUID(),
          username,
          role,
          password_hash: passwordHash,
          disabled: false,
          created_at: clock(),
        };
        await tx.insertUser(user);
        await audit.record(tx, actor, {
          kind: "user_created",
          subjectId: user.user_id,
          detail: `"${username}", ${role}`,
        });
        return user;
      });
    },

    list: () => userList(store),

    get: (userId) => requireUser(store, userId),

    getByName: async (username) => {
      const user = await store.userByName(username);
      if (user !== undefined) return user;
      throw new DomainError("user_not_found", `no user has the name "${username}"`);
    },

    update: async (userId, { role, password, disabled }, actor) => {
      // Before the transaction, which must wait for nothing else.
      const passwordHash = typeof password === "string" ? await hashNew(userId, password) : undefined;
      return store.transact(async (tx) => {
        const before = await requireUser(tx, userId);
        const access = { role: role ?? before.role, disabled: disabled ?? before.disabled };
        const isAdministrator = access.role === "admin" && !access.disabled;
        if (before.role === "admin" && !before.disabled && !isAdministrator) await requireAnother(tx, before);
        await tx.updateUser(userId, access);
        if (passwordHash !== undefined) await tx.updatePassword(userId, passwordHash);
        if (passwordHash !== undefined || access.disabled) await tx.deleteSessionsOf(userId);
        const detail = formatChange(before, access);
        if (detail !== undefined) await audit.record(tx, actor, { kind: "user_updated", subjectId: userId, detail });
        if (passwordHash !== undefined) {
          await audit.record(tx, actor, {
            kind: "password_changed",
            subjectId: userId,
            detail: `of "${before.username}"`,
          });
        }
        return requireUser(tx, userId);
      });
    },
  };
}

type Access = Pick<UserRow, "role" | "disabled">;

/** What changes, for the audit log; undefined where nothing does. */
function formatChange(before: UserRow, after: Access): string | undefined {
  const changes = [
    ...(after.role === before.role ? [] : [`${before.role} to ${after.role}`]),
    ...(after.disabled === before.disabled ? [] : [after.disabled ? "disabled" : "enabled"]),
  ];
  return changes.length === 0 ? undefined : `"${before.username}": ${changes.join(", ")}`;
}

/** @throws DomainError `user_not_found`. */
export async function requireUser(reader: Reader, userId: string, pointer?: string): Promise<UserRow> {
  const user = await reader.user(userId);
  if (user !== undefined) return user;
  throw new DomainError("user_not_found", [{ detail: `no user has the id "${userId}"`, ...(pointer && { pointer }) }]);
}

async function requireAnother(reader: Reader, { user_id, username }: UserRow): Promise<void> {
  if (await hasAdministrator(reader, user_id)) return;
  const detail = `"${username}" is the last administrator; make another user an administrator first`;
  throw new DomainError("last_administrator", detail);
}
