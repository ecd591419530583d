import { noEdge } from "./edge-table.js";
import type { FollowerCounts, Vote } from "./follower-counts.js";
import { noState, rootState } from "./suffix-automaton.js";

/**
 * How much of a growing context is found in a log: its longest suffix of at most `range` ids that is.
 * Kept whether it has a counted follower or not, since one row later it may.
 */
export class ContextMatch {
  readonly #counts: FollowerCounts;
  readonly #range: number;
  #state = rootState;
  #length = 0;

  constructor(counts: FollowerCounts, range: number) {
    this.#counts = counts;
    this.#range = range;
  }

  /** Lets an id join the context as its newest; a constant time, taken over all ids that join. */
  append(id: number): void {
    const { automaton, symbolOf } = this.#counts;
    const symbol = symbolOf(id);
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

  /** What followed the longest context that has a counted follower; undefined where none of length 1 has. */
  vote(): Vote | undefined {
    return this.#counts.vote(this.#state, this.#length);
  }
}
