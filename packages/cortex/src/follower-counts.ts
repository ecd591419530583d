import { noEdge } from "./edge-table.js";
import { inTurns } from "./in-turns.js";
import type { Evidence } from "./predictor.js";
import { noState, rootState, SuffixAutomaton } from "./suffix-automaton.js";
import { type SymbolTable, symbolTable } from "./symbol-table.js";

/** A row takes up to a microsecond to learn. */
const rowsPerTurn = 1_000;
const statesPerTurn = 20_000;

/** What most occurrences of a context were followed by. */
export interface Vote extends Evidence {
  readonly id: number;
}

/** What followed each stretch of a log, counted where the following row is one of its newest. */
export class FollowerCounts {
  readonly automaton: SuffixAutomaton;
  readonly symbolOf: (id: number) => number;
  readonly #symbols: SymbolTable;
  /** Per state at how many of the newest rows its stretches end, and the newest row of all. */
  readonly #ends: Int32Array;
  readonly #newestEnds: Int32Array;
  /** Per state the first on the way of its links, itself included, that has a counted follower. */
  readonly #voters: Int32Array;
  readonly #votes = new Map<number, Omit<Vote, "contextLength">>();

  private constructor(automaton: SuffixAutomaton, symbols: SymbolTable) {
    this.automaton = automaton;
    this.symbolOf = symbols.symbolOf;
    this.#symbols = symbols;
    this.#ends = new Int32Array(automaton.stateCount + 1);
    this.#newestEnds = new Int32Array(automaton.stateCount + 1);
    this.#voters = new Int32Array(automaton.stateCount + 1);
  }

  /** Learns the newest `rowCount` rows of a log (oldest first); followers count in the newest `recall`. */
  static async of(
    log: ArrayLike<number>,
    rowCount: number,
    recall: number,
    pause: () => Promise<unknown>,
  ): Promise<FollowerCounts> {
    const symbols = await symbolTable(log, Math.min(rowCount, log.length), pause);
    const { rows } = symbols;
    const automaton = new SuffixAutomaton(rows.length);
    const stateOfRow = new Int32Array(rows.length);
    await inTurns(rows.length, rowsPerTurn, pause, (row) => {
      automaton.append(rows[row] as number);
      stateOfRow[row] = automaton.whole;
    });
    const counts = new FollowerCounts(automaton, symbols);
    await counts.#count(stateOfRow, rows.length - recall, pause);
    return counts;
  }

  /**
   * The vote on what follows the stretch of `length` symbols that ends in `state`, or else its longest
   * suffix that has a counted follower; undefined where no suffix but the empty one has.
   */
  vote(state: number, length: number): Vote | undefined {
    const voter = this.#voters[state] as number;
    if (voter === noState || voter === rootState) return undefined;
    let vote = this.#votes.get(voter);
    if (vote === undefined) {
      vote = this.#tally(voter);
      this.#votes.set(voter, vote);
    }
    return { ...vote, contextLength: voter === state ? length : this.automaton.lengthOf(voter) };
  }

  /** The most frequent follower of a voter; of equally frequent ones the most recent. */
  #tally(voter: number): Omit<Vote, "contextLength"> {
    const { edges } = this.automaton;
    let winner = noState;
    let total = 0;
    for (let edge = edges.first(voter); edge !== noEdge; edge = edges.next(edge)) {
      const follower = edges.targetOf(edge);
      total += this.#ends[follower] as number;
      if (winner === noState || this.#isAhead(follower, winner)) winner = follower;
    }
    const symbol = this.#symbols.rows[this.#newestEnds[winner] as number] as number;
    return { id: this.#symbols.ids[symbol] as number, votes: this.#ends[winner] as number, total };
  }

  #isAhead(state: number, other: number): boolean {
    const lead = (this.#ends[state] as number) - (this.#ends[other] as number);
    return lead > 0 || (lead === 0 && (this.#newestEnds[state] as number) > (this.#newestEnds[other] as number));
  }

  async #count(stateOfRow: Int32Array, firstCounted: number, pause: () => Promise<unknown>): Promise<void> {
    const { automaton } = this;
    const { edges, stateCount } = automaton;
    const ends = this.#ends;
    const newestEnds = this.#newestEnds;
    const voters = this.#voters;
    await inTurns(stateOfRow.length, statesPerTurn, pause, (row) => {
      const state = stateOfRow[row] as number;
      ends[state] = row >= firstCounted ? 1 : 0;
      newestEnds[state] = row;
    });
    const byLength = await statesByLength(automaton, pause);
    // Where a stretch ends, its suffixes end as well. Links lead to shorter ones: longest first.
    await inTurns(stateCount, statesPerTurn, pause, (index) => {
      const state = byLength[stateCount - 1 - index] as number;
      const link = automaton.linkOf(state);
      ends[link] = (ends[link] as number) + (ends[state] as number);
      newestEnds[link] = Math.max(newestEnds[link] as number, newestEnds[state] as number);
    });
    await inTurns(edges.count, statesPerTurn, pause, (index) => {
      const edge = index + 1;
      const source = edges.sourceOf(edge);
      if ((ends[edges.targetOf(edge)] as number) > 0) voters[source] = source;
    });
    await inTurns(stateCount, statesPerTurn, pause, (index) => {
      const state = byLength[index] as number;
      if (voters[state] === noState) voters[state] = voters[automaton.linkOf(state)] as number;
    });
  }
}

/** All states, those of the shortest stretches first: a counting sort. */
async function statesByLength(automaton: SuffixAutomaton, pause: () => Promise<unknown>): Promise<Int32Array> {
  const { stateCount } = automaton;
  const longest = automaton.lengthOf(automaton.whole);
  const places = new Int32Array(longest + 2);
  await inTurns(stateCount, statesPerTurn, pause, (index) => {
    const next = automaton.lengthOf(index + 1) + 1;
    places[next] = (places[next] as number) + 1;
  });
  await inTurns(longest + 1, statesPerTurn, pause, (length) => {
    places[length + 1] = (places[length + 1] as number) + (places[length] as number);
  });
  const sorted = new Int32Array(stateCount);
  await inTurns(stateCount, statesPerTurn, pause, (index) => {
    const state = index + 1;
    const length = automaton.lengthOf(state);
    const place = places[length] as number;
    sorted[place] = state;
    places[length] = place + 1;
  });
  return sorted;
}
