import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Store } from "../port/store.js";

/** Opens the adapter under test on the data of a folder, which may be empty. */
export type OpenStore = (folder: string) => Promise<Store>;

/** The store of one test: open at its start, closed and deleted at its end. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens its data again. */
  reopen(): Promise<void>;
}

export function useStore(open: OpenStore): StoreUnderTest {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "eca-store-"));
    store = await open(folder);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get store() {
      return store;
    },
    reopen: async () => {
      await store.close();
      store = await open(folder);
    },
  };
}

/** The same for a property: a store of its own for each run. */
export async function withStore(open: OpenStore, run: (subject: StoreUnderTest) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "eca-store-"));
  let store = await open(folder);
  try {
    await run({
      get store() {
        return store;
      },
      reopen: async () => {
        await store.close();
        store = await open(folder);
      },
    });
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}
