import type { Connection } from "../database/connection.js";
import type { SumsKeeper } from "./sums-keeper.js";

export interface LogMoverOptions {
  /** The connection that moves pages. */
  readonly writer: Connection;
  /** A connection that keeps all others from writing meanwhile, in other processes too. */
  readonly guard: Connection;
  readonly keeper: SumsKeeper;
}

/**
 * Moves the write-ahead log into the database. Nobody else does: all connections have `wal_autocheckpoint = 0`, as a
 * log that starts over before its pages have their sums would leave pages that look damaged.
 */
export class LogMover {
  readonly #options: LogMoverOptions;

  constructor(options: LogMoverOptions) {
    this.#options = options;
  }

  /** Writes down how far the log has come; returns how many frames of it have no sums yet. */
  mark(): number {
    return this.#options.keeper.mark();
  }

  /**
   * To be called between two transactions. Where it fails, also as another process is writing, the pages stay in the
   * log, whole and durable.
   */
  async move(): Promise<void> {
    const { writer, guard, keeper } = this.#options;
    guard.exec("BEGIN IMMEDIATE");
    try {
      await keeper.settle();
      await writer.execOffThread("PRAGMA wal_checkpoint(PASSIVE)");
    } finally {
      guard.exec("ROLLBACK");
    }
  }
}
