import { createHash, randomBytes } from "node:crypto";

/** How the tokens of sessions and of keys begin, so that secret scanners can know them. */
const sessionPrefix = "ecas_";
const keyPrefix = "ecak_";

/** A new session token: 256 random bits in base64url behind a prefix. */
export function newSessionToken(): string {
  return sessionPrefix + randomBytes(32).toString("base64url");
}

/** A new token of a key, of the same strength. */
export function newKeyToken(): string {
  return keyPrefix + randomBytes(32).toString("base64url");
}

/** Whether a token, if it is any, is that of a key. */
export function isKeyToken(token: string): boolean {
  return token.startsWith(keyPrefix);
}

/** How a key's token begins: enough to tell keys apart, and 220 bits are left to guess. */
export function hintOf(token: string): string {
  return token.slice(0, keyPrefix.length + 6);
}

/**
 * What a store keeps of a token: its SHA-256. A token is random to its full length, so that a fast
 * hash is as hard to invert as a slow one.
 */
export function hashToken(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
