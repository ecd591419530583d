import { DomainError } from "../errors/domain-error.js";
import {
  type Store,
  type StoreDamage,
  StoreDamagedError,
  StoreFailedError,
  StoreFullError,
  StoreReadOnlyError,
} from "../store/port/store.js";

/** Whether the server can do its work. */
export interface Readiness {
  /** Resolves where it can. @throws DomainError `unavailable`, with the reason. */
  require(): Promise<void>;
  /** From now on it cannot: it is about to stop. */
  stop(): void;
}

/** A store that remembers how its last write went. */
export interface WatchedStore extends Store {
  /** Why the disk failed the last write; undefined where it did not. */
  lastWriteError(): StoreFullError | StoreReadOnlyError | undefined;
}

/** Free space that lets writes go on again, in bytes: a transaction of usual size and the log's first growth. */
const enoughSpace = 1024 * 1024;

/** The same store, which remembers how its last write went. */
export function watchWrites(store: Store): WatchedStore {
  let lastWriteError: StoreFullError | StoreReadOnlyError | undefined;
  return {
    ...store,
    transact: async (work) => {
      try {
        const result = await store.transact(work);
        lastWriteError = undefined;
        return result;
      } catch (error) {
        if (error instanceof StoreFullError || error instanceof StoreReadOnlyError) lastWriteError = error;
        throw error;
      }
    },
    lastWriteError: () => lastWriteError,
  };
}

/**
 * Ready means: not stopping, nothing of the data is known to be damaged, the store returns a read, and the disk did
 * not fail the last write.
 * Where it did, the server is ready again as soon as it seems to take writes: callers that are kept away would
 * bring no write to try it with.
 */
export function createReadiness(
  store: Pick<WatchedStore, "modules" | "diskUsage" | "damage" | "requireWritable" | "lastWriteError">,
): Readiness {
  let isStopping = false;
  return {
    require: async () => {
      if (isStopping) throw new DomainError("unavailable", "the server is stopping");
      try {
        requireUndamaged(store.damage());
        await store.modules({ order: "asc", limit: 1 });
        const lastWriteError = store.lastWriteError();
        if (lastWriteError instanceof StoreReadOnlyError) await store.requireWritable();
        if (lastWriteError instanceof StoreFullError && ((await store.diskUsage()).free ?? enoughSpace) < enoughSpace)
          throw lastWriteError;
      } catch (error) {
        if (error instanceof DomainError) throw error;
        throw new DomainError("unavailable", reasonOf(error), { cause: error });
      }
    },
    stop: () => {
      isStopping = true;
    },
  };
}

function requireUndamaged({ pages, tables }: StoreDamage): void {
  if (pages === 0) return;
  const where = tables.length > 0 ? ` (${tables.join(", ")})` : "";
  const text = `the data is damaged in ${pages} ${pages === 1 ? "page" : "pages"}${where}; the rest is served. Restore a backup`;
  throw new DomainError("unavailable", text);
}

function reasonOf(error: unknown): string {
  if (error instanceof StoreFullError) return "the data folder is full; reads go on";
  if (error instanceof StoreReadOnlyError) return "the data folder is read-only; reads go on";
  if (error instanceof StoreFailedError)
    return "the disk has failed; the server opens the data again as soon as it can";
  if (error instanceof StoreDamagedError) return "the data is damaged; what is intact is served. Restore a backup";
  return "the store does not respond";
}
