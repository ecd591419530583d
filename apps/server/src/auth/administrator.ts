import { randomBytes, randomUUID } from "node:crypto";
import { commandLine } from "../audit/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import type { Clock } from "../clock.js";
import type { Store } from "../store/store.js";
import { hasAdministrator } from "../user/users.js";
import type { Passwords } from "./password.js";

export interface AdministratorDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly audit: Pick<AuditLog, "record">;
}

/**
 * Makes sure that the administrator exists. A given password becomes theirs, and a changed one ends
 * their sessions; without one, a new administrator gets a random password, unless there is another
 * administrator already.
 *
 * @returns The password that was generated, to be shown once; undefined where none was.
 */
export async function ensureAdministrator(
  { store, clock, passwords, audit }: AdministratorDependencies,
  { username, password }: { username: string; password: string | undefined },
): Promise<string | undefined> {
  const user = await store.userByName(username);
  if (user === undefined) {
    if (password === undefined && (await hasAdministrator(store))) return undefined;
    const chosen = password ?? randomBytes(15).toString("base64url");
    const passwordHash = await passwords.hash(chosen);
    const userId = randomUUID();
    await store.transact(async (tx) => {
      await tx.insertUser({
        user_id: userId,
        username,
        role: "admin",
        password_hash: passwordHash,
        disabled: false,
        created_at: clock(),
      });
      await audit.record(tx, commandLine, { kind: "user_created", subjectId: userId, detail: `"${username}", admin` });
    });
    return password === undefined ? chosen : undefined;
  }
  if (password !== undefined && !(await passwords.verify(password, user.password_hash))) {
    const passwordHash = await passwords.hash(password);
    await store.transact(async (tx) => {
      await tx.updatePassword(user.user_id, passwordHash);
      await tx.deleteSessionsOf(user.user_id);
      await audit.record(tx, commandLine, {
        kind: "password_changed",
        subjectId: user.user_id,
        detail: `of "${username}", by ECA_PASSWORD`,
      });
    });
  }
  return undefined;
}
