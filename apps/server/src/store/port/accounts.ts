import type { Micros } from "../../clock.js";
import type { SessionRow, UserRow } from "./rows.js";
import type { Page, PageRows } from "./page.js";

/** What can be read of users, their sessions and the secrets of the server. */
export interface AccountReads {
  /** A secret of the server's own. */
  secret(name: string): Promise<Uint8Array | undefined>;
  user(userId: string): Promise<UserRow | undefined>;
  userByName(username: string): Promise<UserRow | undefined>;
  /** Users by name, in the order of its UTF-8 bytes. */
  users(page: Page<string>): Promise<PageRows<UserRow, string>>;
  session(tokenHash: Uint8Array): Promise<{ readonly session: SessionRow; readonly user: UserRow } | undefined>;
  /** Counts the sessions created and last used after these instants. */
  countSessions(createdAfter: Micros, usedAfter: Micros): Promise<number>;
}

/** What can be written of users, their sessions and the secrets of the server. */
export interface AccountWrites {
  insertSecret(name: string, value: Uint8Array): Promise<void>;
  insertUser(user: UserRow): Promise<void>;
  updatePassword(userId: string, passwordHash: string): Promise<void>;
  updateUser(userId: string, change: Pick<UserRow, "role" | "disabled">): Promise<void>;
  insertSession(session: SessionRow): Promise<void>;
  touchSession(tokenHash: Uint8Array, at: Micros): Promise<void>;
  deleteSession(tokenHash: Uint8Array): Promise<void>;
  deleteSessionsOf(userId: string): Promise<void>;
  /** Deletes the sessions created or last used before these instants; returns how many. */
  deleteExpiredSessions(createdBefore: Micros, usedBefore: Micros): Promise<number>;
}
