import type { Micros } from "../../clock.js";
import type { KeyRow, UserRow } from "./rows.js";
import type { Page, PageRows } from "./page.js";

/** What can be read of API keys. */
export interface ApiKeyReads {
  key(keyId: string): Promise<KeyRow | undefined>;
  keyByToken(tokenHash: Uint8Array): Promise<{ readonly key: KeyRow; readonly user: UserRow } | undefined>;
  /** Keys by id, in the order of its UTF-8 bytes. */
  keys(page: Page<string>): Promise<PageRows<KeyRow, string>>;
}

/** What can be written of API keys. */
export interface ApiKeyWrites {
  insertKey(key: KeyRow): Promise<void>;
  /** The token before is dead with it. */
  replaceToken(keyId: string, tokenHash: Uint8Array, hint: string): Promise<void>;
  touchKey(keyId: string, at: Micros): Promise<void>;
  deleteKey(keyId: string): Promise<void>;
}
