import { EdgeTable, noEdge } from "./edge-table.js";

/** No state; the first one is 1. */
export const noState = 0;
/** The state of the empty text. */
export const rootState = 1;

/**
 * The smallest automaton that knows every stretch of a text of symbols (Blumer et al., The smallest
 * automaton recognizing the subwords of a text, 1985), grown symbol by symbol in linear time.
 *
 * A state represents all stretches that end at the same places of the text. They are suffixes of each
 * other: the longest has `lengthOf(state)` symbols, the shortest one more than the longest of
 * `linkOf(state)`, whose stretches end at these places and at others.
 */
export class SuffixAutomaton {
  readonly edges: EdgeTable;
  readonly #lengths: Int32Array;
  readonly #links: Int32Array;
  #stateCount = 1;
  #whole = rootState;

  /** Allocates space for a text of `capacity` symbols; about 100 bytes for each. */
  constructor(capacity: number) {
    // A text of n symbols has at most 2n states and 3n edges.
    const states = 2 * capacity + 2;
    this.edges = new EdgeTable(states, 3 * capacity);
    this.#lengths = new Int32Array(states);
    this.#links = new Int32Array(states);
  }

  /** States are numbered from 1 to this. */
  get stateCount(): number {
    return this.#stateCount;
  }

  /** The state of the whole text. */
  get whole(): number {
    return this.#whole;
  }

  lengthOf(state: number): number {
    return this.#lengths[state] as number;
  }

  /** The state of the longest suffix that also ends elsewhere; `noState` for the root alone. */
  linkOf(state: number): number {
    return this.#links[state] as number;
  }

  /** Adds a symbol to the end of the text. */
  append(symbol: number): void {
    const { edges } = this;
    const whole = this.#addState(this.lengthOf(this.#whole) + 1, noState);
    let state = this.#whole;
    let edge = noEdge;
    while (state !== noState) {
      edge = edges.find(state, symbol);
      if (edge !== noEdge) break;
      edges.add(state, symbol, whole);
      state = this.linkOf(state);
    }
    this.#links[whole] = state === noState ? rootState : this.#suffixState(state, edge);
    this.#whole = whole;
  }

  /** The state whose longest stretch is that of `state` and the symbol of its `edge`; made where it is missing. */
  #suffixState(state: number, edge: number): number {
    const { edges } = this;
    const target = edges.targetOf(edge);
    const length = this.lengthOf(state) + 1;
    if (this.lengthOf(target) === length) return target;

    // From now on the shorter stretches of the target end in one place more than the longer ones.
    const split = this.#addState(length, this.linkOf(target));
    for (let copied = edges.first(target); copied !== noEdge; copied = edges.next(copied)) {
      edges.add(split, edges.symbolOf(copied), edges.targetOf(copied));
    }
    const symbol = edges.symbolOf(edge);
    let shorter = state;
    while (shorter !== noState) {
      const redirected = edges.find(shorter, symbol);
      if (redirected === noEdge || edges.targetOf(redirected) !== target) break;
      edges.redirect(redirected, split);
      shorter = this.linkOf(shorter);
    }
    this.#links[target] = split;
    return split;
  }

  #addState(length: number, link: number): number {
    this.#stateCount += 1;
    this.#lengths[this.#stateCount] = length;
    this.#links[this.#stateCount] = link;
    return this.#stateCount;
  }
}
