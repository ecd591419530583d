import type { Connection } from "./connection.js";

/**
 * How many writes are done again at most: some three milliseconds of them, and those of the work before the one
 * that fails.
 */
const maxKept = 1000;

/**
 * The mark that each work of a transaction begins at, to go back to where it fails.
 *
 * For a savepoint SQLite copies every page before it is written, which for works of a row or two is a
 * third of their cost, and few works fail after a write. So one savepoint stands for many marks, and the
 * writes since are kept: where one is to be undone, all of them go, and those before the mark are done
 * again. That leads to the same rows, as nothing but the transaction writes meanwhile and no statement
 * asks for the time or for chance.
 */
export class WorkMarks {
  readonly #connection: Connection;
  #isSaved = false;
  #mark = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Marks where the transaction is now. */
  set(): void {
    const { writes } = this.#connection;
    if (this.#isSaved && writes.length > maxKept) {
      this.#connection.exec("RELEASE work");
      this.#isSaved = false;
    }
    if (!this.#isSaved) {
      this.#connection.exec("SAVEPOINT work");
      this.#isSaved = true;
      writes.restart();
    }
    this.#mark = writes.length;
  }

  /** Takes back what was written since the mark. */
  undo(): void {
    const { writes } = this.#connection;
    // A statement that failed is not among them: SQLite has left nothing of it.
    if (writes.length === this.#mark) return;
    this.#connection.exec("ROLLBACK TO work");
    writes.redo(this.#mark);
    // What was done again is done for good: the next one that fails finds less to do.
    this.#connection.exec("RELEASE work");
    this.#isSaved = false;
  }

  /** The transaction has ended, and its savepoint with it. */
  clear(): void {
    this.#connection.writes.close();
    this.#isSaved = false;
  }
}
