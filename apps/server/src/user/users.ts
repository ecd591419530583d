import { createList, type List } from "../lists/list.js";
import type { UserRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";

/** All users, by name. */
export function userList(reader: Pick<Reader, "users">): List<UserRow> {
  return createList<UserRow, string>({
    order: "asc",
    read: (page) => reader.users(page),
    keyOf: (row) => row.username,
  });
}

/** Whether somebody other than `except` can administer the server. */
export async function hasAdministrator(reader: Pick<Reader, "users">, except?: string): Promise<boolean> {
  for await (const rows of userList(reader).all()) {
    if (rows.some(({ role, disabled, user_id }) => role === "admin" && !disabled && user_id !== except)) return true;
  }
  return false;
}
