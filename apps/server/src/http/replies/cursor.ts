import { createHmac, timingSafeEqual } from "node:crypto";
import { DomainError } from "../../errors/domain-error.js";
import type { Key } from "../../lists/list.js";

/** Keys of lists as callers see them: opaque, and good for the list alone that they come from. */
export interface Cursors {
  /** @param list Names the list: its route, its parameters, its order and its filters. */
  seal(list: string, key: Key): string;
  /** @throws DomainError `invalid_cursor` unless the cursor was sealed for this list. */
  open(list: string, cursor: string): Key;
}

const macBytes = 16;

/**
 * Cursors that carry an HMAC-SHA-256 (RFC 2104) over their list and their key, cut to 128 bits. The list
 * itself is not in them: whoever opens one says which list it must be from.
 */
export function createCursors(secret: Uint8Array): Cursors {
  const macOf = (list: string, payload: string): Buffer =>
    createHmac("sha256", secret)
      .update(JSON.stringify([list, payload]))
      .digest()
      .subarray(0, macBytes);
  return {
    seal: (list, key) => {
      const payload = JSON.stringify(key);
      return Buffer.concat([macOf(list, payload), Buffer.from(payload)]).toString("base64url");
    },
    open: (list, cursor) => {
      const bytes = Buffer.from(cursor, "base64url");
      const payload = bytes.subarray(macBytes).toString();
      const mac = bytes.subarray(0, macBytes);
      // Decoding passes over what is not base64url, so that only the one true spelling is let through.
      const isExact = mac.length === macBytes && bytes.toString("base64url") === cursor;
      if (isExact && timingSafeEqual(mac, macOf(list, payload))) return JSON.parse(payload) as Key;
      const detail =
        "query parameter after: is no cursor of this list; take it from the Link header of a page with the same " +
        "path, order and filters, or leave it out to begin anew";
      throw new DomainError("invalid_cursor", detail);
    },
  };
}
