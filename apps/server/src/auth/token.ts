import { createHash, randomBytes } from "node:crypto";

/**
 * A new session token: 256 random bits in base64url behind a prefix that secret scanners can know.
 */
export function newToken(): string {
  return `ecas_${randomBytes(32).toString("base64url")}`;
}

/**
 * What a store keeps of a token: its SHA-256. A token is random to its full length, so that a fast
 * hash is as hard to invert as a slow one.
 */
export function hashToken(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
