import type { IssuedKey, Key } from "@eca/contract";
import { formatTimestamp, type Micros } from "../clock.js";
import type { OwnedKey, TokenOfKey } from "./service.js";

/** A key as the wire shows it; never with its token or the hash of it. */
export function toKey({ key, user }: OwnedKey): Key {
  const { token_hash: _, modules, ...row } = key;
  return {
    ...row,
    username: user.username,
    modules: modules && [...modules],
    created_at: formatTimestamp(row.created_at),
    expires_at: formatInstant(row.expires_at),
    last_used_at: formatInstant(row.last_used_at),
  };
}

/** A key with its token, for the one answer that shows it. */
export function toIssuedKey({ token, ...owned }: TokenOfKey): IssuedKey {
  return { ...toKey(owned), token };
}

function formatInstant(at: Micros | null): string | null {
  return at === null ? null : formatTimestamp(at);
}
