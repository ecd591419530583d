import type { PredictedFilter } from "@eca/contract";
import type { Micros } from "../clock.js";
import type {
  AuditContent,
  AuditRow,
  ChangeKind,
  ChangeRow,
  ClockRow,
  DocumentContent,
  DocumentRow,
  DocumentSource,
  EmbeddingContent,
  EmbeddingRow,
  EmotifiedInstance,
  EssContent,
  EssRow,
  IdempotencyRow,
  KeyRow,
  ModuleConfiguration,
  ModuleRow,
  ResponseContent,
  ResponseRow,
  RowReference,
  SequenceContent,
  SequenceRow,
  SessionRow,
  UserRow,
} from "./rows.js";

/** The direction of a walk along ids. */
export type Order = "asc" | "desc";

/** A keyset page: at most `limit` rows whose key, their id where nothing else is said, comes after `after`. */
export interface Page<Key = number> {
  readonly order: Order;
  readonly limit: number;
  /** Exclusive; absent for the first page. */
  readonly after?: Key;
  /** Whether the rows are read in passing, as a part of many: none of them is likely to be read again soon. */
  readonly passing?: boolean;
  /**
   * Ends the page with the row that brings it to about so many bytes; it holds one at least, where there is one.
   * Without it a page holds all of its rows, however long they are.
   */
  readonly maxBytes?: number;
}

/** The rows of a page. */
export interface PageRows<Row, Key = number> extends Array<Row> {
  /**
   * Set where the page ended before its limit and more rows may follow: the key to go on after. It may stand
   * behind the last row, and the page may be empty.
   */
  next?: Key;
}

/** When an entry was created, and its id: orders the entries of a time. */
export type TimeKey = readonly [createdAt: Micros, id: number];

/** Which entries of a log: what is absent lets all through. */
export interface SequenceSelection {
  readonly status?: string;
  /** Whether predicted entries are among them: as well as observations, not at all, or alone. */
  readonly predicted?: PredictedFilter;
}

/** Which entries of a log, by their time as well. */
export interface SequenceFilter extends SequenceSelection {
  /** Created at this instant or later. */
  readonly from?: Micros;
  /** Created before this instant. */
  readonly to?: Micros;
}

/**
 * What can be read. Outside a transaction each call sees every acknowledged write; inside one, the
 * transaction's own writes too. Nothing found is `undefined` or `[]`, never an error.
 */
export interface Reader {
  module(moduleId: string): Promise<ModuleRow | undefined>;
  /** Modules by id, in the order of their UTF-8 bytes. */
  modules(page: Page<string>): Promise<PageRows<ModuleRow, string>>;
  /** The newest time of a write to a module or of a document, a response or an audit entry; 0 where there is none. */
  newestTime(): Promise<Micros>;
  /** The rows that have a time after this instant, by table; tables without any are left out. Reads everything. */
  timesAfter(after: Micros): Promise<LateTimes[]>;
  /** What was kept of the clock; undefined where nothing was. */
  clock(): Promise<ClockRow | undefined>;
  /** The emotified state instances of a module, by their id. */
  emotifiedInstances(moduleId: string): Promise<EmotifiedInstance[]>;

  ess(moduleId: string, id: number): Promise<EssRow | undefined>;
  hasEss(moduleId: string, id: number): Promise<boolean>;
  essPage(moduleId: string, page: Page): Promise<PageRows<EssRow>>;
  /** The state with the lowest id that has this embedding input. */
  essByEmbedding(moduleId: string, embeddingInput: number): Promise<EssRow | undefined>;
  /** The rows of `aggregateModuleId` that have (moduleId, id) as a direct component, by their id. */
  aggregatesOf(moduleId: string, id: number, aggregateModuleId: string, page: Page): Promise<PageRows<EssRow>>;
  /** Ids and states alone, ascending by id: what a search index is built from. */
  states(moduleId: string, page: { readonly limit: number; readonly after?: number }): Promise<EssState[]>;

  sequence(moduleId: string, id: number): Promise<SequenceRow | undefined>;
  /** The newest observation. */
  latestSequence(moduleId: string): Promise<SequenceRow | undefined>;
  /** Entries by id. */
  sequencePage(moduleId: string, page: Page, selection?: SequenceSelection): Promise<PageRows<SequenceRow>>;
  /** The entries of a time by `created_at`, then id. */
  sequencesBetween(
    moduleId: string,
    filter: SequenceFilter,
    page: Page<TimeKey>,
  ): Promise<PageRows<SequenceRow, TimeKey>>;
  /** Each entry's own state, repeats kept, by the entry's id. */
  sequenceEssPage(moduleId: string, page: Page, predicted?: PredictedFilter): Promise<PageRows<SequenceEss>>;
  /** Which state each observation refers to, by the id of the entry; with this status alone where one is given. */
  observationPage(moduleId: string, page: Page, status?: string): Promise<Observation[]>;
  /** The observations of one state, by the id of the entry. */
  occurrencePage(moduleId: string, instanceId: number, page: Page): Promise<Occurrence[]>;

  embedding(moduleId: string, id: number): Promise<EmbeddingRow | undefined>;
  embeddingByHash(moduleId: string, hash: string): Promise<EmbeddingRow | undefined>;
  embeddingPage(moduleId: string, page: Page): Promise<PageRows<EmbeddingRow>>;

  document(id: number): Promise<DocumentRow | undefined>;
  /** The documents that were made of a row, newest first: one, but for what earlier versions of the server made. */
  documentsOf(source: Pick<DocumentSource, "kind" | "module_id" | "id">, limit: number): Promise<DocumentRow[]>;
  documentPage(page: Page): Promise<PageRows<DocumentRow>>;
  /** Embedded documents without a vector of this model, by id. */
  documentsWithoutVector(model: string, page: Page): Promise<PageRows<DocumentRow>>;
  /** Vectors of this model that have `length` numbers, ascending by the ids of their documents. */
  documentVectors(
    model: string,
    length: number,
    page: { readonly limit: number; readonly after?: number },
  ): Promise<DocumentVector[]>;

  response(id: number): Promise<ResponseRow | undefined>;
  responsePage(page: Page): Promise<PageRows<ResponseRow>>;

  /** The change log after a revision, ascending, of the named kinds alone where any are named. */
  changes(
    moduleId: string,
    page: { readonly after: number; readonly limit: number; readonly kinds?: readonly ChangeKind[] },
  ): Promise<ChangeRow[]>;

  /** A secret of the server's own. */
  secret(name: string): Promise<Uint8Array | undefined>;
  /** The reply kept under a caller's key, however old. */
  idempotency(userId: string, route: string, key: string): Promise<IdempotencyRow | undefined>;

  user(userId: string): Promise<UserRow | undefined>;
  userByName(username: string): Promise<UserRow | undefined>;
  /** Users by name, in the order of its UTF-8 bytes. */
  users(page: Page<string>): Promise<PageRows<UserRow, string>>;
  session(tokenHash: Uint8Array): Promise<{ readonly session: SessionRow; readonly user: UserRow } | undefined>;

  /** Counts the sessions created and last used after these instants. */
  countSessions(createdAfter: Micros, usedAfter: Micros): Promise<number>;

  key(keyId: string): Promise<KeyRow | undefined>;
  keyByToken(tokenHash: Uint8Array): Promise<{ readonly key: KeyRow; readonly user: UserRow } | undefined>;
  /** Keys by id, in the order of its UTF-8 bytes. */
  keys(page: Page<string>): Promise<PageRows<KeyRow, string>>;

  auditPage(page: Page): Promise<PageRows<AuditRow>>;
}

/** An observation, and the state that it refers to. */
export interface Observation {
  readonly id: number;
  readonly instance_id: number;
}

/** An observation of a state that is known. */
interface Occurrence {
  readonly id: number;
  readonly status: string;
}

/** Rows of one table whose times lie after an instant. */
export interface LateTimes {
  readonly table:
    | "module"
    | "ess"
    | "sequence"
    | "embedding"
    | "document"
    | "response"
    | "change"
    | "audit"
    | "user"
    | "session"
    | "api_key"
    | "idempotency";
  readonly rows: number;
  /** The latest of those times. */
  readonly newest: Micros;
}

/** Which times are wrong, and where they go. */
export interface TimeRepair {
  /** Times after this instant are wrong; at most `now`. */
  readonly after: Micros;
  /** How far they go back, above 0. */
  readonly by: Micros;
  /**
   * When the clock jumped, by the wrong clock, where that is known: what is late and was written before has its time of
   * another cause, and goes back to the moment of the jump and no further.
   */
  readonly jumpedAt?: Micros;
  readonly now: Micros;
}

/** A sequence entry's own state. */
export interface SequenceEss {
  readonly sequence_id: number;
  readonly ess: EssRow;
}

/** What a model makes of a document's text. */
interface DocumentVector {
  readonly document_id: number;
  readonly vector: Float32Array;
}

export interface EssState {
  readonly id: number;
  readonly state: Float32Array;
}

/**
 * What can be written. Each write of a module takes the module's next revision and leaves a change;
 * ids count 1, 2, 3... per module, in commit order, and are never given again. Documents and
 * responses, which no module holds, count their ids and revisions the same way among themselves.
 *
 * A write happens `at` an instant, or a microsecond after the newest write to the same module or collection where
 * that is later: within each of them, times are in the order of ids and revisions, whatever a clock says.
 */
export interface Transaction extends Reader {
  /** Adds a module without rows; its states must have `shape` numbers, 0 while that is open. */
  insertModule(moduleId: string, shape: number, at: Micros): Promise<ModuleRow>;
  /** Fixes the shape of a module that has none yet; takes no revision, as the first state follows. */
  fixShape(moduleId: string, shape: number): Promise<void>;
  /** Takes the place of all that was configured of an existing module; a shape that is fixed stays the same. */
  configureModule(moduleId: string, configuration: ModuleConfiguration, at: Micros): Promise<ModuleRow>;

  /** Adds a state to an existing module. */
  insertEss(moduleId: string, content: EssContent, at: Micros): Promise<EssRow>;
  /** Replaces all but `created_at`; undefined where there is no such row. */
  updateEss(moduleId: string, id: number, content: EssContent, at: Micros): Promise<EssRow | undefined>;

  /** Adds an entry to an existing module; an observation unless it is said to be `predicted`. */
  insertSequence(
    moduleId: string,
    content: SequenceContent & { readonly predicted?: boolean },
    at: Micros,
  ): Promise<SequenceRow>;
  /** Replaces all but `created_at` and whether it was predicted; undefined where there is no such row. */
  updateSequence(moduleId: string, id: number, content: SequenceContent, at: Micros): Promise<SequenceRow | undefined>;
  /** Marks an entry as predicted; undefined where there is no such row. One that is marked stays as it is. */
  markPredicted(moduleId: string, id: number, at: Micros): Promise<SequenceRow | undefined>;
  /** Answers the row that was deleted; undefined where there was none. */
  deleteSequence(moduleId: string, id: number, at: Micros): Promise<SequenceRow | undefined>;

  /** Adds an embedding to an existing module that does not have its hash. */
  insertEmbedding(moduleId: string, content: EmbeddingContent, at: Micros): Promise<EmbeddingRow>;
  /** Replaces all but `created_at`; undefined where there is no such row. */
  updateEmbedding(
    moduleId: string,
    id: number,
    content: EmbeddingContent,
    at: Micros,
  ): Promise<EmbeddingRow | undefined>;
  /** Answers the row that was deleted; undefined where there was none. */
  deleteEmbedding(moduleId: string, id: number, at: Micros): Promise<EmbeddingRow | undefined>;

  insertDocument(content: DocumentContent, at: Micros): Promise<DocumentRow>;
  /** Replaces all but `created_at`; undefined where there is no such row. */
  updateDocument(id: number, content: DocumentContent, at: Micros): Promise<DocumentRow | undefined>;
  /** Answers the row that was deleted; undefined where there was none. */
  deleteDocument(id: number): Promise<DocumentRow | undefined>;
  /**
   * Keeps the vector that a model made of an embedded document, in place of any other. It goes with the
   * text that it was made of: when that changes, is no longer embedded or is deleted.
   */
  putDocumentVector(documentId: number, model: string, vector: Float32Array): Promise<void>;

  insertResponse(content: ResponseContent, at: Micros): Promise<ResponseRow>;

  /**
   * Brings times back that a clock ahead has given. Within a module, a collection and the audit log none goes before the
   * time that came before it, and none stays after `now`. Rows of modules, documents and responses whose times change
   * are updated at `now`, with a revision and a change as after any update. A key's expiry keeps its distance from the
   * key's creation.
   */
  repairTimes(repair: TimeRepair): Promise<void>;
  /** Keeps what is known of the clock, in place of what was kept before. */
  putClock(row: ClockRow): Promise<void>;
  /**
   * Sets what sessions, keys and kept replies say of a time after `now` to `now`: a clock that ran ahead has
   * written it, and they would live for that much longer.
   */
  capTimes(now: Micros): Promise<void>;

  insertSecret(name: string, value: Uint8Array): Promise<void>;
  /**
   * Keeps a reply, unless one is kept since `since` under the same user, route and key; an older one gives
   * way. Answers whether it did.
   */
  putIdempotency(row: IdempotencyRow, since: Micros): Promise<boolean>;
  /**
   * Deletes at most `limit` of the replies kept before this instant, the oldest first, and fewer where they are long;
   * one at least, where there is one. Answers how many.
   */
  deleteIdempotency(before: Micros, limit: number): Promise<number>;
  /**
   * Deletes the kept replies of a row that this transaction has deleted, whosever they are, so that the same call
   * makes a row again. A reply of several rows goes with the last of them. Returns how many were deleted.
   */
  forgetReplies(row: RowReference): Promise<number>;

  insertUser(user: UserRow): Promise<void>;
  updatePassword(userId: string, passwordHash: string): Promise<void>;
  updateUser(userId: string, change: Pick<UserRow, "role" | "disabled">): Promise<void>;
  insertSession(session: SessionRow): Promise<void>;
  touchSession(tokenHash: Uint8Array, at: Micros): Promise<void>;
  deleteSession(tokenHash: Uint8Array): Promise<void>;
  deleteSessionsOf(userId: string): Promise<void>;
  /** Deletes the sessions created or last used before these instants; answers how many. */
  deleteExpiredSessions(createdBefore: Micros, usedBefore: Micros): Promise<number>;

  insertKey(key: KeyRow): Promise<void>;
  /** The token before is dead with it. */
  replaceToken(keyId: string, tokenHash: Uint8Array, hint: string): Promise<void>;
  touchKey(keyId: string, at: Micros): Promise<void>;
  deleteKey(keyId: string): Promise<void>;

  insertAudit(content: AuditContent): Promise<AuditRow>;
  /** Deletes at most `limit` of the entries noted before an instant, oldest first; returns how many. */
  deleteAuditBefore(before: Micros, limit: number): Promise<number>;
  /** Deletes of each kind the oldest entries that its newest `keep` leave out, at most `limit` together; returns how many. */
  deleteAuditBeyond(keep: number, limit: number): Promise<number>;
}

/**
 * The port to durable storage. After a commit that the medium failed nothing is read or written until the data was
 * opened anew and checked: until then every call is refused with a StoreFailedError.
 * `store/conformance/describe-store.fixture.ts` holds what every adapter must keep. */
export interface Store extends Reader {
  /**
   * Runs `work` alone against the newest data and commits what it wrote. Resolves only once the
   * commit is durable; where `work` rejects, nothing of it stays and the rejection is passed on.
   * Works that wait at the same moment may share one commit, each isolated from the others' failures.
   * `work` must await nothing but its transaction, and a work one of whose calls has failed is lost
   * even where it caught the error: it rejects, and nothing of it stays.
   *
   * @throws StoreFullError when the medium has no room, StoreReadOnlyError when it takes no writes, StoreBusyError
   * when another program writes for too long; nothing of the work stays. StoreFailedError when the medium failed:
   * whether the work stays is known once the store serves again.
   * @throws StoreClosedError after `close` was called.
   */
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;

  /**
   * Embedded documents that have some of these terms, at most `limit`: first those whose terms weigh most
   * together, then those that the medium's full-text ranking prefers, then the newer ones. Case, accents
   * and English endings do not count, and nothing in a term has a meaning but its words; several stand
   * for the same in a row. Sees every acknowledged write.
   */
  searchDocuments(terms: readonly SearchTerm[], limit: number): Promise<DocumentMatch[]>;

  /**
   * How many commits of this process have taken something from a session, a key or a user: it is counted
   * before the write is answered, and what was read of any of them before is to be read again. Commits of
   * other processes do not count.
   */
  revocations(): number;

  /** What the data takes, and what it can still grow by. */
  room(): Promise<StoreRoom>;

  /** What was found damaged: it is refused wherever it is met, until the data comes from a backup. */
  damage(): StoreDamage;

  /**
   * Resolves where the medium takes writes, as far as can be known without one to the data.
   *
   * @throws StoreFullError, StoreReadOnlyError or StoreFailedError where it does not.
   */
  requireWritable(): Promise<void>;

  /** Waits for the writes under way, then lets go of the data. */
  close(): Promise<void>;
}

/** A word to look for, or words in a row, and what a document gains by having them. */
export interface SearchTerm {
  readonly text: string;
  /** Above 0; a plain word has 1. */
  readonly weight: number;
}

export interface DocumentMatch {
  readonly document: DocumentRow;
  /** Of all terms that it has, to six decimals. */
  readonly weight: number;
}

/** Parts of the data that are not as they were written. */
export interface StoreDamage {
  /** How many there are, of the size that the medium is read in; 0 where all is sound. */
  readonly pages: number;
  /** What stands in them, as far as that is known: names of tables. */
  readonly tables: readonly string[];
}

/** In bytes. */
export interface StoreRoom {
  readonly used: number;
  /** Undefined where the medium does not tell. */
  readonly free: number | undefined;
}

/** The medium has no room for the write. */
export class StoreFullError extends Error {
  override readonly name = "StoreFullError";
}

/** The medium takes no writes: its file system is mounted read-only, or the folder's permissions forbid it. */
export class StoreReadOnlyError extends Error {
  override readonly name = "StoreReadOnlyError";
}

/** What was to be read is not what was written, or the medium cannot read it. What is elsewhere is served. */
export class StoreDamagedError extends Error {
  override readonly name = "StoreDamagedError";
}

/** The medium failed a read, a write or a flush. */
export class StoreFailedError extends Error {
  override readonly name = "StoreFailedError";
}

/** Another program kept the store from being written for longer than a write waits. */
export class StoreBusyError extends Error {
  override readonly name = "StoreBusyError";
}

/** The store was asked to write over what is there already. */
export class StoreRefusedError extends Error {
  override readonly name = "StoreRefusedError";
}

/** The store was closed before the call. */
export class StoreClosedError extends Error {
  override readonly name = "StoreClosedError";
}

/** The data cannot be opened: another process holds it, or a newer version wrote it. */
export class StoreUnusableError extends Error {
  override readonly name = "StoreUnusableError";
}
