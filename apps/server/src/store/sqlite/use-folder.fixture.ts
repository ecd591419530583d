import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Store } from "../port/store.js";
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.js";

/** The data folder of one test, and the stores that it opens there. */
export interface Folder {
  readonly path: string;
  readonly database: string;
  /** Opens a store that the end of the test closes. */
  open(options?: Partial<SqliteStoreOptions>): Promise<Store>;
}

export function useFolder(): Folder {
  let path: string;
  let stores: Store[];
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "eca-sqlite-"));
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await rm(path, { recursive: true, force: true });
  });
  return {
    get path() {
      return path;
    },
    get database() {
      return join(path, "eca.db");
    },
    open: async (options = {}) => {
      const store = await openSqliteStore({ folder: path, ...options });
      stores.push(store);
      return store;
    },
  };
}
