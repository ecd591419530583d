import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";

/** Closes what is kept of one call to all but those who know the secret that it was made with. */
export interface Seal {
  /** What a call is known again by, from the hash of what it asks: without the secret it tells nothing of guesses. */
  fingerprint(requestHash: Uint8Array): Uint8Array;
  close(text: string): string;
  /** What was closed; undefined where it was closed with another secret, for another call, or was changed. */
  open(sealed: string): string | undefined;
}

/** What a seal is good for. */
interface SealedCall {
  readonly userId: string;
  readonly route: string;
  readonly key: string;
}

const cipher = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * A seal for one call: AES-256-GCM and HMAC-SHA256 under two keys that HKDF-SHA256 (RFC 5869) derives from
 * the secret, with the call as its salt.
 *
 * @param secret At least 128 random bits, such as a token; it is kept nowhere.
 */
export function createSeal(secret: string | Uint8Array, { userId, route, key }: SealedCall): Seal {
  const salt = createHash("sha256")
    .update(JSON.stringify([userId, route, key]))
    .digest();
  const derived = Buffer.from(hkdfSync("sha256", secret, salt, "eca kept reply", 2 * keyBytes));
  const cipherKey = derived.subarray(0, keyBytes);
  const macKey = derived.subarray(keyBytes);
  return {
    fingerprint: (requestHash) => createHmac("sha256", macKey).update(requestHash).digest(),

    close: (text) => {
      const nonce = randomBytes(nonceBytes);
      const encryption = createCipheriv(cipher, cipherKey, nonce, { authTagLength: tagBytes });
      const closed = [encryption.update(text, "utf8"), encryption.final()];
      return Buffer.concat([nonce, ...closed, encryption.getAuthTag()]).toString("base64");
    },

    open: (sealed) => {
      const bytes = Buffer.from(sealed, "base64");
      if (bytes.length < nonceBytes + tagBytes) return undefined;
      const decryption = createDecipheriv(cipher, cipherKey, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decryption.setAuthTag(bytes.subarray(-tagBytes));
      const text = decryption.update(bytes.subarray(nonceBytes, -tagBytes));
      try {
        return Buffer.concat([text, decryption.final()]).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}
