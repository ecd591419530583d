import { randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "../clock.js";
import type { Store } from "../store/store.js";
import { hashPassword, type PasswordCost, verifyPassword } from "./password.js";

/**
 * Makes sure that the administrator exists. A given password becomes theirs, and a changed one ends
 * their sessions; without one, a new administrator gets a random password.
 *
 * @returns The password that was generated, to be shown once; undefined where none was.
 */
export async function ensureAdministrator(
  { store, clock, passwordCost }: { store: Store; clock: Clock; passwordCost: PasswordCost },
  { username, password }: { username: string; password: string | undefined },
): Promise<string | undefined> {
  const user = await store.userByName(username);
  if (user === undefined) {
    const chosen = password ?? randomBytes(15).toString("base64url");
    const passwordHash = await hashPassword(chosen, passwordCost);
    await store.transact((tx) =>
      tx.insertUser({
        user_id: randomUUID(),
        username,
        role: "admin",
        password_hash: passwordHash,
        created_at: clock(),
      }),
    );
    return password === undefined ? chosen : undefined;
  }
  if (password !== undefined && !(await verifyPassword(password, user.password_hash))) {
    const passwordHash = await hashPassword(password, passwordCost);
    await store.transact(async (tx) => {
      await tx.updatePassword(user.user_id, passwordHash);
      await tx.deleteSessionsOf(user.user_id);
    });
  }
  return undefined;
}
