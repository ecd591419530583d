import type { Connection } from "./database/connection.js";
import type { LogMover } from "./disk/log-mover.js";

/** A commit this quick may block the calling thread, in milliseconds: no longer than a few requests do. */
const quick = 0.5;

/** How many commits in a row must have been quick before the next one is taken to be. */
const provenAfter = 4;

/**
 * After so many commits the pages of the log move into the database, between two transactions, or after so many pages:
 * 16 MB. Flushing a file that grows costs twice as much as flushing one that is written over, so that the log should
 * start over soon; a shorter one would move the same pages again and again. SQLite finds a page in a log of this length by
 * one look into its index.
 */
const commitsPerMove = 150;
const pagesPerMove = 4000;

/**
 * Ends the transactions of one connection. The wait for the disk is spent on another thread, so that it
 * blocks nobody. But to pass a commit to that thread and back takes as long as a fast disk needs for it.
 * So a commit that only one unit of work waits for stays on the calling thread while commits are quick.
 */
export class Committer {
  readonly #connection: Connection;
  #quickInARow = 0;
  readonly #log: Pick<LogMover, "mark" | "move">;
  #sinceMove = 0;
  #pages = 0;

  constructor(connection: Connection, log: Pick<LogMover, "mark" | "move">) {
    this.#connection = connection;
    this.#log = log;
  }

  /**
   * Resolves once the transaction is durable.
   *
   * @param units How many units of work wait for it.
   */
  async commit(units: number): Promise<void> {
    const started = performance.now();
    this.#sinceMove += 1;
    if (units === 1 && this.#quickInARow >= provenAfter) this.#connection.exec("COMMIT");
    else await this.#connection.execOffThread("COMMIT");
    this.#quickInARow = performance.now() - started < quick ? this.#quickInARow + 1 : 0;
    this.#pages = this.#log.mark();
  }

  /** Moves the log into the database where it is due. To be called between two transactions. */
  async checkpoint(): Promise<void> {
    if (this.#sinceMove < commitsPerMove && this.#pages < pagesPerMove) return;
    this.#sinceMove = 0;
    this.#pages = 0;
    // Where it fails the pages stay in the log, whole and durable, for the next one to move.
    await this.#log.move().catch(() => undefined);
  }
}
