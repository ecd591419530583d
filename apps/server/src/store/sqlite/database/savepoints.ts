import type { Connection } from "./connection.js";

/**
 * How many writes are replayed at most: some three milliseconds of them, and those of the unit of work before the
 * one that fails.
 */
const maxKept = 1000;

/**
 * The point in a transaction at which each unit of work begins, to roll back to where it fails.
 *
 * For a savepoint SQLite copies every page before it is written. For units of work of a row or two that is a third
 * of their cost, and few of them fail after a write. So one savepoint of SQLite serves many units, and the writes
 * since are kept. To roll one unit back, all of the writes are rolled back, and those before the unit are replayed.
 * That leads to the same rows, as only the transaction writes meanwhile and no statement reads a clock or a
 * random number.
 */
export class Savepoints {
  readonly #connection: Connection;
  #isSaved = false;
  #writesBefore = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Sets the savepoint to where the transaction is now. */
  set(): void {
    const { writes } = this.#connection;
    if (this.#isSaved && writes.length > maxKept) {
      this.#connection.exec("RELEASE unit");
      this.#isSaved = false;
    }
    if (!this.#isSaved) {
      this.#connection.exec("SAVEPOINT unit");
      this.#isSaved = true;
      writes.restart();
    }
    this.#writesBefore = writes.length;
  }

  /** Rolls back what was written since the savepoint. */
  rollbackTo(): void {
    const { writes } = this.#connection;
    // A statement that failed is not among them: SQLite has left nothing of it.
    if (writes.length === this.#writesBefore) return;
    this.#connection.exec("ROLLBACK TO unit");
    writes.replay(this.#writesBefore);
    // What was replayed is released: the next unit that fails has fewer writes to replay.
    this.#connection.exec("RELEASE unit");
    this.#isSaved = false;
  }

  /** The transaction has ended, and its savepoint with it. */
  clear(): void {
    this.#connection.writes.close();
    this.#isSaved = false;
  }
}
