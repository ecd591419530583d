import { randomBytes } from "node:crypto";
import type { Store } from "./port/store.js";
import { unlessDamaged } from "./unless-damaged.js";

/**
 * The server's own secret of this name: 256 random bits, made when it is first asked for and kept from then on. Where it
 * is in damaged data, one for this run alone.
 */
export async function ensureSecret(store: Pick<Store, "transact">, name: string): Promise<Uint8Array> {
  const ensured = store.transact(async (tx) => {
    const known = await tx.secret(name);
    if (known !== undefined) return known;
    const value = newSecret();
    await tx.insertSecret(name, value);
    return value;
  });
  return unlessDamaged(ensured, newSecret);
}

const newSecret = (): Uint8Array => Uint8Array.from(randomBytes(32));
