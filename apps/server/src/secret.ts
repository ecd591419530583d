import { randomBytes } from "node:crypto";
import type { Store } from "./store/store.js";

/** The server's own secret of this name: 256 random bits, made when it is first asked for and kept from then on. */
export async function ensureSecret(store: Pick<Store, "transact">, name: string): Promise<Uint8Array> {
  return store.transact(async (tx) => {
    const known = await tx.secret(name);
    if (known !== undefined) return known;
    const value = Uint8Array.from(randomBytes(32));
    await tx.insertSecret(name, value);
    return value;
  });
}
