import type { Connection } from "./connection.js";

/** A commit this quick may hold up the calling thread, in milliseconds: no longer than a few requests do. */
const quick = 0.5;

/** How many commits in a row must have been quick before the next one is taken to be. */
const provenAfter = 4;

/**
 * After so many commits the pages of the log move into the database, between two transactions: before
 * there are enough of them for a commit to do so itself, while its writers wait.
 */
const commitsPerCheckpoint = 150;

/**
 * Ends the transactions of one connection. The wait for the medium is spent on another thread, so that it
 * holds up nobody; but to hand a commit over and to hear of it takes as long as a fast medium needs for it,
 * so that one that nobody else shares stays on the calling thread while commits are quick.
 */
export class Committer {
  readonly #connection: Connection;
  #quickInARow = 0;
  #sinceCheckpoint = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Resolves once the transaction is durable.
   *
   * @param works How many writers wait for it.
   */
  async commit(works: number): Promise<void> {
    const started = performance.now();
    this.#sinceCheckpoint += 1;
    if (works === 1 && this.#quickInARow >= provenAfter) this.#connection.exec("COMMIT");
    else await this.#connection.execOffThread("COMMIT");
    this.#quickInARow = performance.now() - started < quick ? this.#quickInARow + 1 : 0;
  }

  /** What nobody waits for: to be called between two transactions. */
  async tidy(): Promise<void> {
    if (this.#sinceCheckpoint < commitsPerCheckpoint) return;
    this.#sinceCheckpoint = 0;
    // Where it fails the pages stay in the log, whole and durable, for the next one to move.
    await this.#connection.execOffThread("PRAGMA wal_checkpoint(PASSIVE)").catch(() => undefined);
  }
}
