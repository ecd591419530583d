import { randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "../clock.js";
import type { Store } from "../store/store.js";
import { hasAdministrator } from "../user/users.js";
import type { Passwords } from "./password.js";

/**
 * Makes sure that the administrator exists. A given password becomes theirs, and a changed one ends
 * their sessions; without one, a new administrator gets a random password, unless there is another
 * administrator already.
 *
 * @returns The password that was generated, to be shown once; undefined where none was.
 */
export async function ensureAdministrator(
  { store, clock, passwords }: { store: Store; clock: Clock; passwords: Passwords },
  { username, password }: { username: string; password: string | undefined },
): Promise<string | undefined> {
  const user = await store.userByName(username);
  if (user === undefined) {
    if (password === undefined && (await hasAdministrator(store))) return undefined;
    const chosen = password ?? randomBytes(15).toString("base64url");
    const passwordHash = await passwords.hash(chosen);
    await store.transact((tx) =>
      tx.insertUser({
        user_id: randomUUID(),
        username,
        role: "admin",
        password_hash: passwordHash,
        disabled: false,
        created_at: clock(),
      }),
    );
    return password === undefined ? chosen : undefined;
  }
  if (password !== undefined && !(await passwords.verify(password, user.password_hash))) {
    const passwordHash = await passwords.hash(password);
    await store.transact(async (tx) => {
      await tx.updatePassword(user.user_id, passwordHash);
      await tx.deleteSessionsOf(user.user_id);
    });
  }
  return undefined;
}
