import type { ModuleReads, ModuleWrites } from "./modules.js";
import type { EssReads, EssWrites } from "./ess.js";
import type { SequenceReads, SequenceWrites } from "./sequence.js";
import type { EmbeddingReads, EmbeddingWrites } from "./embeddings.js";
import type { DocumentMatch, DocumentReads, DocumentWrites, SearchTerm } from "./documents.js";
import type { ResponseReads, ResponseWrites } from "./responses.js";
import type { TimeReads, TimeWrites } from "./times.js";
import type { IdempotencyReads, IdempotencyWrites } from "./idempotency.js";
import type { AccountReads, AccountWrites } from "./accounts.js";
import type { ApiKeyReads, ApiKeyWrites } from "./api-keys.js";
import type { AuditReads, AuditWrites } from "./audit.js";

export type { DocumentMatch, SearchTerm } from "./documents.js";
export type { EssState } from "./ess.js";
export * from "./errors.js";
export type { Order, Page, PageRows } from "./page.js";
export type { Observation, SequenceEss, SequenceFilter, SequenceSelection, TimeKey } from "./sequence.js";
export type { LateTimes, TimeRepair } from "./times.js";

/**
 * What can be read. Outside a transaction each call sees every acknowledged write; inside one, the
 * transaction's own writes too. Nothing found is `undefined` or `[]`, never an error.
 */
export interface Reader
  extends
    ModuleReads,
    EssReads,
    SequenceReads,
    EmbeddingReads,
    DocumentReads,
    ResponseReads,
    TimeReads,
    IdempotencyReads,
    AccountReads,
    ApiKeyReads,
    AuditReads {}

/**
 * What can be written. Each write of a module takes the module's next revision and leaves a change;
 * ids count 1, 2, 3... per module, in commit order, and are never given again. Documents and
 * responses, which no module holds, count their ids and revisions the same way among themselves.
 *
 * A write happens `at` an instant, or a microsecond after the newest write to the same module or collection where
 * that is later: within each of them, times are in the order of ids and revisions, whatever a clock says.
 */
export interface Transaction
  extends
    Reader,
    ModuleWrites,
    EssWrites,
    SequenceWrites,
    EmbeddingWrites,
    DocumentWrites,
    ResponseWrites,
    TimeWrites,
    IdempotencyWrites,
    AccountWrites,
    ApiKeyWrites,
    AuditWrites {}

/**
 * The port to durable storage. After a commit that the disk failed nothing is read or written until the data was
 * opened anew and checked: until then every call rejects with a StoreFailedError.
 * `store/conformance/describe-store.fixture.ts` has the tests that every adapter must pass.
 */
export interface Store extends Reader {
  /**
   * Runs a unit of work alone against the newest data and commits what it wrote. Resolves only once the
   * commit is durable. Where the unit of work rejects, nothing of it stays and the rejection is passed on.
   * Units of work that wait at the same moment may share one commit, each isolated from the others' failures.
   *
   * A unit of work must await nothing but its transaction. It fails with its first call that fails, even
   * where it caught the error: it rejects, and nothing of it stays.
   *
   * @throws StoreFullError when the disk is full, StoreReadOnlyError when it takes no writes, StoreBusyError
   * when another program writes for too long; nothing of the unit of work stays. StoreFailedError when the disk
   * failed: whether the unit of work stays is known once the store serves again.
   * @throws StoreClosedError after `close` was called.
   */
  transact<T>(unitOfWork: (tx: Transaction) => Promise<T>): Promise<T>;

  /**
   * Embedded documents that have some of these terms, at most `limit`: first those whose terms have the highest
   * weight together, then those that the store's full-text ranking prefers, then the newer ones. Case, accents
   * and English endings do not count. Nothing in a term has a meaning but its words; several words are a
   * phrase. Sees every acknowledged write.
   */
  searchDocuments(terms: readonly SearchTerm[], limit: number): Promise<DocumentMatch[]>;

  /**
   * How many commits of this process have taken something from a session, a key or a user. A commit is counted
   * before its write resolves, and what was read of any of them before must be read again. Commits of
   * other processes do not count.
   */
  revocations(): number;

  /** What the data takes, and what it can still grow by. */
  diskUsage(): Promise<DiskUsage>;

  /** What was found damaged: reading it fails until the data is restored from a backup. */
  damage(): StoreDamage;

  /**
   * Resolves where the disk takes writes, as far as can be known without one to the data.
   *
   * @throws StoreFullError, StoreReadOnlyError or StoreFailedError where it does not.
   */
  requireWritable(): Promise<void>;

  /** Waits for the writes under way, then closes the data. */
  close(): Promise<void>;
}

/** Parts of the data that are not as they were written. */
export interface StoreDamage {
  /** How many pages of the database; 0 where all is sound. */
  readonly pages: number;
  /** The names of the tables that they belong to, as far as these are known. */
  readonly tables: readonly string[];
}

/** In bytes. */
export interface DiskUsage {
  readonly used: number;
  /** Undefined where the store does not know. */
  readonly free: number | undefined;
}
