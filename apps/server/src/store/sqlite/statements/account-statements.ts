import type { Revocations } from "../../revocations.js";
import type { SessionRow } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import { toUserRow, userColumns, userWidth } from "./account-columns.js";
import type { Connection, SqlRow } from "../database/connection.js";
import { TextPageQuery } from "./text-page-query.js";
import type { Synchronous } from "../database/synchronous.js";

type AccountReads = Synchronous<Pick<Reader, "user" | "userByName" | "users" | "session" | "countSessions">>;

export function accountReads(connection: Connection): AccountReads {
  const byId = connection.prepare(`SELECT ${userColumns} FROM user WHERE user_id = ?`);
  const byName = connection.prepare(`SELECT ${userColumns} FROM user WHERE username = ?`);
  const page = new TextPageQuery(connection, { columns: userColumns, from: "user", key: "username" });
  const session = connection.prepare(
    `SELECT ${userColumns}, token_hash, session.created_at, last_used_at
     FROM session JOIN user ON user.user_id = session.user_id WHERE token_hash = ?`,
  );
  const count = connection.prepare("SELECT count(*) FROM session WHERE created_at > ? AND last_used_at > ?");
  const toUser = (row: SqlRow | undefined) => row && toUserRow(row);
  return {
    user: (userId) => toUser(byId.get([userId])),
    userByName: (username) => toUser(byName.get([username])),
    users: (by) => page.rows(by).map(toUserRow),
    session: (tokenHash) => {
      const row = session.get([tokenHash]);
      if (row === undefined) return undefined;
      const user = toUserRow(row);
      return { user, session: toSessionRow(user.user_id, row.slice(userWidth)) };
    },
    countSessions: (createdAfter, usedAfter) => Number(count.get([createdAfter, usedAfter])?.[0]),
  };
}

type AccountWrites = Synchronous<
  Pick<
    Transaction,
    | "insertUser"
    | "updatePassword"
    | "updateUser"
    | "insertSession"
    | "touchSession"
    | "deleteSession"
    | "deleteSessionsOf"
    | "deleteExpiredSessions"
  >
>;

export function accountWrites(connection: Connection, revocations: Pick<Revocations, "note">): AccountWrites {
  const insertUser = connection.prepare(
    "INSERT INTO user (user_id, username, role, password_hash, disabled, created_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const updatePassword = connection.prepare("UPDATE user SET password_hash = ?2 WHERE user_id = ?1");
  const updateUser = connection.prepare("UPDATE user SET role = ?2, disabled = ?3 WHERE user_id = ?1");
  const insertSession = connection.prepare(
    "INSERT INTO session (token_hash, user_id, created_at, last_used_at) VALUES (?, ?, ?, ?)",
  );
  const touchSession = connection.prepare("UPDATE session SET last_used_at = ?2 WHERE token_hash = ?1");
  const deleteSession = connection.prepare("DELETE FROM session WHERE token_hash = ?");
  const deleteSessionsOf = connection.prepare("DELETE FROM session WHERE user_id = ?");
  const deleteExpired = connection.prepare("DELETE FROM session WHERE created_at < ? OR last_used_at < ?");
  return {
    insertUser: ({ user_id, username, role, password_hash, disabled, created_at }) =>
      void insertUser.run([user_id, username, role, password_hash, Number(disabled), created_at]),
    updatePassword: (userId, passwordHash) => void updatePassword.run([userId, passwordHash]),
    updateUser: (userId, { role, disabled }) => {
      revocations.note();
      updateUser.run([userId, role, Number(disabled)]);
    },
    insertSession: ({ token_hash, user_id, created_at, last_used_at }) =>
      void insertSession.run([token_hash, user_id, created_at, last_used_at]),
    touchSession: (tokenHash, at) => void touchSession.run([tokenHash, at]),
    deleteSession: (tokenHash) => {
      revocations.note();
      deleteSession.run([tokenHash]);
    },
    deleteSessionsOf: (userId) => {
      revocations.note();
      deleteSessionsOf.run([userId]);
    },
    deleteExpiredSessions: (createdBefore, usedBefore) => deleteExpired.run([createdBefore, usedBefore]),
  };
}

function toSessionRow(userId: string, row: SqlRow): SessionRow {
  const [hash, created_at, last_used_at] = row as [Uint8Array, number, number];
  return { token_hash: Uint8Array.from(hash), user_id: userId, created_at, last_used_at };
}
