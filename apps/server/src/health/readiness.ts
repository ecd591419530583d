import { DomainError } from "../errors.js";
import { type Store, StoreFullError } from "../store/store.js";

/** Whether the server can do its work. */
export interface Readiness {
  /** Resolves where it can. @throws DomainError `unavailable`, with the reason. */
  require(): Promise<void>;
  /** From now on it cannot: it is about to stop. */
  stop(): void;
}

/** A store that remembers how its last write went. */
export interface WatchedStore extends Store {
  /** Whether the last write found no room. */
  lacksRoom(): boolean;
}

/** Room that lets writes go on again, in bytes: a transaction of usual size and the log's first growth. */
const enoughRoom = 1024 * 1024;

/** The same store, which remembers how its last write went. */
export function watchWrites(store: Store): WatchedStore {
  let lacksRoom = false;
  return {
    ...store,
    transact: async (work) => {
      try {
        const result = await store.transact(work);
        lacksRoom = false;
        return result;
      } catch (error) {
        if (error instanceof StoreFullError) lacksRoom = true;
        throw error;
      }
    },
    lacksRoom: () => lacksRoom,
  };
}

/**
 * Ready means: not stopping, the store answers a read, and the last write did not fail for want of room.
 * Where it did, the server is ready again as soon as there is room: callers that are kept away would
 * bring no write to try it with.
 */
export function createReadiness(store: Pick<WatchedStore, "modules" | "room" | "lacksRoom">): Readiness {
  let isStopping = false;
  return {
    require: async () => {
      if (isStopping) throw new DomainError("unavailable", "the server is stopping");
      try {
        await store.modules({ order: "asc", limit: 1 });
        if (!store.lacksRoom() || ((await store.room()).free ?? enoughRoom) >= enoughRoom) return;
      } catch (error) {
        throw new DomainError("unavailable", "the store does not answer", { cause: error });
      }
      throw new DomainError("unavailable", "the data folder has no room for writes; reads go on");
    },
    stop: () => {
      isStopping = true;
    },
  };
}
