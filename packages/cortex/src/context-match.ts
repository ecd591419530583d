import { noEdge } from "./edge-table.js";
import { type FollowerCounts, isAhead, type Tally, type Vote } from "./follower-counts.js";
import type { LogStart } from "./log-start.js";
import { noState, rootState } from "./suffix-automaton.js";

/** A log as it was learned. */
export interface LearnedLog {
  readonly counts: FollowerCounts;
  readonly start: LogStart;
}

const noVotes: Tally = { symbol: -1, votes: 0, newest: -1, total: 0 };

/**
 * How much of a growing context is found in a log: its longest suffix of at most `range` ids that is.
 * Kept whether it has a counted follower or not, since one row later it may.
 */
export class ContextMatch {
  readonly #counts: FollowerCounts;
  readonly #start: LogStart;
  readonly #range: number;
  #state = rootState;
  #length = 0;
  /** The longest beginning of the log that the context ends with. */
  #beginning = 0;
  /** How many ids the context has, `range` at most. */
  #contextLength = 0;
  #newest = -1;

  constructor({ counts, start }: LearnedLog, range: number) {
    this.#counts = counts;
    this.#start = start;
    this.#range = range;
  }

  /** Lets an id join the context as its newest; a constant time, taken over all ids that join. */
  append(id: number): void {
    const symbol = this.#counts.symbols.symbolOf(id);
    this.#newest = symbol;
    this.#contextLength = Math.min(this.#contextLength + 1, this.#range);
    this.#beginning = this.#start.extended(this.#beginning, symbol);
    this.#follow(symbol);
  }

  /** What followed the whole context, as far as the log reaches back; undefined where nothing did. */
  wholeVote(): Vote | undefined {
    const isWhole = this.#length === this.#contextLength && this.#counts.voterOf(this.#state) === this.#state;
    const found = isWhole ? this.#counts.tally(this.#state) : noVotes;
    const tally = this.#withStart(found, isWhole);
    return tally.total === 0 ? undefined : this.#toVote(tally, this.#contextLength);
  }

  /** What followed the longest end of the context that has a counted follower; undefined where none has. */
  longestVote(): Vote | undefined {
    const voter = this.#counts.voterOf(this.#state);
    if (voter === noState) return undefined;
    const length = voter === this.#state ? this.#length : this.#counts.automaton.lengthOf(voter);
    return this.#toVote(this.#counts.tally(voter), length);
  }

  #follow(symbol: number): void {
    const { automaton } = this.#counts;
    let edge = automaton.edges.find(this.#state, symbol);
    while (edge === noEdge) {
      const link = automaton.linkOf(this.#state);
      if (link === noState) return;
      this.#state = link;
      this.#length = automaton.lengthOf(link);
      edge = automaton.edges.find(link, symbol);
    }
    this.#state = automaton.edges.targetOf(edge);
    this.#length = Math.min(this.#length + 1, this.#range);
    // The stretch of the state that was just entered is one longer at most: one link is enough.
    const link = automaton.linkOf(this.#state);
    if (automaton.lengthOf(link) === this.#range) this.#state = link;
  }

  /** The votes for what followed whole contexts, and those from the beginning of the log, which are all older. */
  #withStart(found: Tally, isWhole: boolean): Tally {
    const oldest = this.#counts.oldestOf(this.#newest);
    let { total } = found;
    let leader: Pick<Tally, "symbol" | "votes" | "newest"> = found;
    for (const { symbol, votes, newest } of this.#start.votes(this.#beginning, this.#contextLength, oldest)) {
      total += votes;
      const before = isWhole ? this.#counts.votesOf(this.#state, symbol) : noVotes;
      const both = {
        symbol,
        votes: before.votes + votes,
        newest: before.votes > 0 ? before.newest : newest,
      };
      if (isAhead(both, leader)) leader = both;
    }
    return { ...leader, total };
  }

  #toVote({ symbol, votes, total }: Tally, contextLength: number): Vote {
    return { id: this.#counts.symbols.ids[symbol] as number, contextLength, votes, total };
  }
}
