import { randomBytes, randomUUID } from "node:crypto";
import { commandLine } from "../caller/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import type { Clock } from "../clock.js";
import { ConfigError } from "../config/config.js";
import type { Store } from "../store/port/store.js";
import { hasAdministrator } from "../user/users.js";
import { weaknessOf } from "../password/new-password.js";
import type { Passwords } from "../password/password.js";

export interface AdministratorDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly audit: Pick<AuditLog, "record">;
  /** Called with what is wrong with a password that is theirs already and would be rejected as a new one. */
  readonly onWeakPassword: (text: string) => void;
}

/**
 * Makes sure that the administrator exists. A given password becomes theirs, and a changed one ends
 * their sessions; without one, a new administrator gets a random password, unless there is another
 * administrator already.
 *
 * @returns The password that was generated, to be shown once; undefined where none was.
 * @throws ConfigError where a given password that is not theirs already is easy to guess.
 */
export async function ensureAdministrator(
  { store, clock, passwords, audit, onWeakPassword }: AdministratorDependencies,
  { username, password }: { username: string; password: string | undefined },
): Promise<string | undefined> {
  const user = await store.userByName(username);
  const weakness = password === undefined ? undefined : weaknessOf(password, username);
  const rejectWeak = (): void => {
    if (weakness !== undefined) throw new ConfigError(`ECA_PASSWORD: ${weakness}`);
  };
  if (user === undefined) {
    if (password === undefined && (await hasAdministrator(store))) return undefined;
    rejectWeak();
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
    rejectWeak();
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
  } else if (weakness !== undefined) {
    onWeakPassword(`ECA_PASSWORD: ${weakness}; it is the password of "${username}" already and still lets them in`);
  }
  return undefined;
}
