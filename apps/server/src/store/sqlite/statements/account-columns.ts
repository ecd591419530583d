import type { UserRow } from "../../port/rows.js";
import type { SqlRow } from "../database/connection.js";

/** A user's columns, in the order in which `toUserRow` takes them. */
export const userColumns = "user.user_id, username, user.role, password_hash, disabled, user.created_at";

/** How many columns `userColumns` names. */
export const userWidth = 6;

/** A user from the first columns of a row. */
export function toUserRow(row: SqlRow): UserRow {
  const [user_id, username, role, password_hash, disabled, created_at] = row as [
    string,
    string,
    UserRow["role"],
    string,
    number,
    number,
  ];
  return { user_id, username, role, password_hash, disabled: disabled === 1, created_at };
}
