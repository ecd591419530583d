import type { Micros } from "../clock.js";
import type {
  ChangeKind,
  ChangeRow,
  EssContent,
  EssRow,
  ModuleRow,
  SequenceContent,
  SequenceRow,
  SessionRow,
  UserRow,
} from "./rows.js";

/** The direction of a walk along ids. */
export type Order = "asc" | "desc";

/** A keyset page: at most `limit` rows whose id comes after `after` in the given order. */
export interface Page {
  readonly order: Order;
  readonly limit: number;
  /** Exclusive; absent for the first page. */
  readonly after?: number;
}

/**
 * What can be read. Outside a transaction each call sees every acknowledged write; inside one, the
 * transaction's own writes too. Nothing found is `undefined` or `[]`, never an error.
 */
export interface Reader {
  module(moduleId: string): Promise<ModuleRow | undefined>;
  /** Modules by id, in the order of their UTF-8 bytes; `after` is exclusive. */
  modules(page: { readonly limit: number; readonly after?: string }): Promise<ModuleRow[]>;

  ess(moduleId: string, id: number): Promise<EssRow | undefined>;
  essPage(moduleId: string, page: Page): Promise<EssRow[]>;
  /** The state with the lowest id that has this embedding input. */
  essByEmbedding(moduleId: string, embeddingInput: number): Promise<EssRow | undefined>;
  /** The rows of `aggregateModuleId` that have (moduleId, id) as a direct component, by their id. */
  aggregatesOf(moduleId: string, id: number, aggregateModuleId: string, page: Page): Promise<EssRow[]>;
  /** Ids and states alone, ascending by id: what a search index is built from. */
  states(moduleId: string, page: { readonly limit: number; readonly after?: number }): Promise<EssState[]>;

  sequence(moduleId: string, id: number): Promise<SequenceRow | undefined>;
  latestSequence(moduleId: string): Promise<SequenceRow | undefined>;
  sequencePage(moduleId: string, page: Page): Promise<SequenceRow[]>;
  /** Each entry's own state, repeats kept, by the entry's id. */
  sequenceEssPage(moduleId: string, page: Page): Promise<{ readonly sequence_id: number; readonly ess: EssRow }[]>;

  /** The change log after a revision, ascending, of the named kinds alone where any are named. */
  changes(
    moduleId: string,
    page: { readonly after: number; readonly limit: number; readonly kinds?: readonly ChangeKind[] },
  ): Promise<ChangeRow[]>;

  user(userId: string): Promise<UserRow | undefined>;
  userByName(username: string): Promise<UserRow | undefined>;
  session(tokenHash: Uint8Array): Promise<{ readonly session: SessionRow; readonly user: UserRow } | undefined>;
}

export interface EssState {
  readonly id: number;
  readonly state: Float32Array;
}

/**
 * What can be written. Each write of a module takes the module's next revision and leaves a change;
 * ids count 1, 2, 3... per module, in commit order, and are never given again.
 */
export interface Transaction extends Reader {
  /** Adds a module without rows; its first row must have `shape` numbers. */
  insertModule(moduleId: string, shape: number, at: Micros): Promise<ModuleRow>;

  /** Adds a state to an existing module. */
  insertEss(moduleId: string, content: EssContent, at: Micros): Promise<EssRow>;
  /** Replaces all but `created_at`; undefined where there is no such row. */
  updateEss(moduleId: string, id: number, content: EssContent, at: Micros): Promise<EssRow | undefined>;

  insertSequence(moduleId: string, content: SequenceContent, at: Micros): Promise<SequenceRow>;
  updateSequence(moduleId: string, id: number, content: SequenceContent, at: Micros): Promise<SequenceRow | undefined>;
  /** Answers the row that was deleted; undefined where there was none. */
  deleteSequence(moduleId: string, id: number, at: Micros): Promise<SequenceRow | undefined>;

  insertUser(user: UserRow): Promise<void>;
  updatePassword(userId: string, passwordHash: string): Promise<void>;
  insertSession(session: SessionRow): Promise<void>;
  touchSession(tokenHash: Uint8Array, at: Micros): Promise<void>;
  deleteSession(tokenHash: Uint8Array): Promise<void>;
  deleteSessionsOf(userId: string): Promise<void>;
  /** Deletes the sessions created or last used before these instants; answers how many. */
  deleteExpiredSessions(createdBefore: Micros, usedBefore: Micros): Promise<number>;
}

/** The port to durable storage. `store/store-conformance.fixture.ts` holds what every adapter must keep. */
export interface Store extends Reader {
  /**
   * Runs `work` alone against the newest data and commits what it wrote. Resolves only once the
   * commit is durable; where `work` rejects, nothing of it stays and the rejection is passed on.
   * Works that wait at the same moment may share one commit, each isolated from the others' failures.
   * `work` must await nothing but its transaction, and a work one of whose calls has failed is lost
   * even where it caught the error: it rejects, and nothing of it stays.
   *
   * @throws StoreFullError when the medium has no room; nothing of the work stays.
   * @throws StoreClosedError after `close` was called.
   */
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;

  /** Waits for the writes under way, then lets go of the data. */
  close(): Promise<void>;
}

/** The medium has no room for the write. */
export class StoreFullError extends Error {
  override readonly name = "StoreFullError";
}

/** The store was closed before the call. */
export class StoreClosedError extends Error {
  override readonly name = "StoreClosedError";
}

/** The data cannot be opened: another process holds it, or a newer version wrote it. */
export class StoreUnusableError extends Error {
  override readonly name = "StoreUnusableError";
}
