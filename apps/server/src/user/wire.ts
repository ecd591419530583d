import type { User } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { UserRow } from "../store/port/rows.js";

/** A user as the wire shows them; never with the hash of the password. */
export function toUser({ password_hash: _, ...row }: UserRow): User {
  return { ...row, created_at: formatTimestamp(row.created_at) };
}
