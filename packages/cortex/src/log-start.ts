import { inTurns } from "./in-turns.js";

const rowsPerTurn = 1_000;

/** What followed at the beginning of a log. */
export interface StartVote {
  readonly symbol: number;
  readonly votes: number;
  /** The newest row that was voted for. */
  readonly newest: number;
}

/**
 * What counts where a context reaches further back than the log: the beginnings of the log that are a suffix of the
 * context, and what followed them. A beginning is known by its length, 0 for none.
 *
 * The longest such beginning is carried along as symbols join the context (Knuth, Morris, Pratt, Fast pattern matching
 * in strings, 1977); the shorter ones are its borders. Borders with the same difference are counted at once: all but the
 * longest of them are followed by the same symbol, as the beginning repeats with that difference as its period, and
 * there are no more than log2 of its length different ones.
 */
export class LogStart {
  readonly #rows: Int32Array;
  /** The longest beginning that is looked for. */
  readonly #longest: number;
  /** Per length of a beginning the next shorter one that it ends with, and the first of them with another difference. */
  readonly #borders: Int32Array;
  readonly #nextGroups: Int32Array;

  private constructor(rows: Int32Array, longest: number) {
    this.#rows = rows;
    this.#longest = longest;
    this.#borders = new Int32Array(longest + 1);
    this.#nextGroups = new Int32Array(longest + 1);
  }

  /**
   * The beginning of a log of symbols for contexts of at most `range`: beginnings shorter than that, that a row
   * follows. Takes 8 bytes for each of their rows.
   */
  static async of(rows: Int32Array, range: number, pause: () => Promise<unknown>): Promise<LogStart> {
    const start = new LogStart(rows, Math.max(0, Math.min(rows.length, range) - 1));
    await inTurns(start.#longest, rowsPerTurn, pause, (index) => start.#link(index + 1));
    return start;
  }

  /**
   * The longest beginning that is a suffix of a context, from the one before its newest symbol; a constant time,
   * taken over all symbols that join.
   */
  extended(length: number, symbol: number): number {
    if (this.#longest === 0) return 0;
    let extended = length === this.#longest ? (this.#borders[length] as number) : length;
    while (extended > 0 && this.#rows[extended] !== symbol) extended = this.#borders[extended] as number;
    return this.#rows[extended] === symbol ? extended + 1 : 0;
  }

  /**
   * What followed a beginning and those that it ends with, of those shorter than `contextLength` that end in row
   * `oldest` or later. No symbol comes twice.
   */
  votes(beginning: number, contextLength: number, oldest: number): StartVote[] {
    const votes = new Map<number, StartVote>();
    const add = (newest: number, count: number): void => {
      const symbol = this.#rows[newest] as number;
      const before = votes.get(symbol);
      if (before === undefined) votes.set(symbol, { symbol, votes: count, newest });
      else votes.set(symbol, { ...before, votes: before.votes + count });
    };
    let length = beginning < contextLength ? beginning : (this.#borders[beginning] as number);
    // A beginning of some length ends in the row before, and is followed by the row of that number.
    while (length > oldest) {
      const next = this.#nextGroups[length] as number;
      const difference = length - (this.#borders[length] as number);
      add(length, 1);
      const others = Math.min((length - next) / difference - 1, Math.floor((length - oldest - 1) / difference));
      if (others > 0) add(length - difference, others);
      length = next;
    }
    return [...votes.values()];
  }

  #link(length: number): void {
    const before = this.#borders[length - 1] as number;
    const border = length === 1 ? 0 : this.extended(before, this.#rows[length - 1] as number);
    const borders = this.#borders;
    borders[length] = border;
    const isSameDifference = border > 0 && length - border === border - (borders[border] as number);
    this.#nextGroups[length] = isSameDifference ? (this.#nextGroups[border] as number) : border;
  }
}
