import { noEdge } from "./edge-table.js";
import { inTurns } from "./in-turns.js";
import type { Evidence } from "./predictor.js";
import { noState, rootState, SuffixAutomaton } from "./suffix-automaton.js";
import { type SymbolTable, symbolTable } from "./symbol-table.js";

/** A row takes up to a microsecond to learn. */
const rowsPerTurn = 500;
const statesPerTurn = 1_000;

/** What most occurrences of a context were followed by. */
export interface Vote extends Evidence {
  readonly id: number;
}

/** How often a symbol followed, and in which row it did so last. */
interface Votes {
  readonly votes: number;
  readonly newest: number;
}

/** The state of a count of votes: what leads, and all that voted. */
export interface Tally extends Votes {
  readonly symbol: number;
  readonly total: number;
}

/**
 * What followed each stretch of a log, counted at the newest occurrences of the symbol that it ends with. What a
 * stretch is followed by is the same wherever it ends with the same rows, so that all is counted for the states of an
 * automaton once, from the longest to the shortest.
 */
export class FollowerCounts {
  readonly automaton: SuffixAutomaton;
  readonly symbols: SymbolTable;
  /** Per state how many counted rows come before the ends of its stretches, and the newest row that they end in. */
  readonly #followed: Int32Array;
  readonly #newestEnds: Int32Array;
  /** Per state the first on the way of its links, itself included, that has a counted follower. */
  readonly #voters: Int32Array;
  /** Per symbol the oldest row that counts as an occurrence; the number of rows where none does. */
  readonly #oldest: Int32Array;
  readonly #tallies = new Map<number, Tally>();

  private constructor(automaton: SuffixAutomaton, symbols: SymbolTable) {
    this.automaton = automaton;
    this.symbols = symbols;
    this.#followed = new Int32Array(automaton.stateCount + 1);
    this.#newestEnds = new Int32Array(automaton.stateCount + 1);
    this.#voters = new Int32Array(automaton.stateCount + 1);
    this.#oldest = new Int32Array(symbols.ids.length).fill(symbols.rows.length);
  }

  /** Learns a log, oldest row first; the newest `recall` occurrences of each id count. */
  static async of(log: ArrayLike<number>, recall: number, pause: () => Promise<unknown>): Promise<FollowerCounts> {
    const symbols = await symbolTable(log, pause);
    const { rows } = symbols;
    const automaton = new SuffixAutomaton(rows.length);
    const stateOfRow = new Int32Array(rows.length);
    await inTurns(rows.length, rowsPerTurn, pause, (row) => {
      automaton.append(rows[row] as number);
      stateOfRow[row] = automaton.whole;
    });
    const counts = new FollowerCounts(automaton, symbols);
    await counts.#countRows(stateOfRow, recall, pause);
    await counts.#countStates(pause);
    return counts;
  }

  /** The oldest row that counts as an occurrence of a symbol; the number of rows where none does. */
  oldestOf(symbol: number): number {
    return this.#oldest[symbol] ?? this.symbols.rows.length;
  }

  /** The state itself, or else its longest suffix, that has a counted follower; `noState` where only the root has. */
  voterOf(state: number): number {
    const voter = this.#voters[state] as number;
    return voter === rootState ? noState : voter;
  }

  /** What followed a voter: the most frequent follower, of equally frequent ones the most recent. */
  tally(voter: number): Tally {
    let tally = this.#tallies.get(voter);
    if (tally === undefined) {
      tally = this.#elect(voter);
      this.#tallies.set(voter, tally);
    }
    return tally;
  }

  /** How often a symbol followed a state. */
  votesOf(state: number, symbol: number): Votes {
    const edge = this.automaton.edges.find(state, symbol);
    return edge === noEdge ? { votes: 0, newest: -1 } : this.#votesAt(this.automaton.edges.targetOf(edge));
  }

  #elect(voter: number): Tally {
    const { edges } = this.automaton;
    let leader: Votes = { votes: 0, newest: -1 };
    let symbol = -1;
    let total = 0;
    for (let edge = edges.first(voter); edge !== noEdge; edge = edges.next(edge)) {
      const votes = this.#votesAt(edges.targetOf(edge));
      total += votes.votes;
      if (!isAhead(votes, leader)) continue;
      leader = votes;
      symbol = edges.symbolOf(edge);
    }
    return { ...leader, symbol, total };
  }

  #votesAt(follower: number): Votes {
    return { votes: this.#followed[follower] as number, newest: this.#newestEnds[follower] as number };
  }

  /** Which rows count, newest first, and the states of the rows that follow them. */
  async #countRows(stateOfRow: Int32Array, recall: number, pause: () => Promise<unknown>): Promise<void> {
    const { rows, ids } = this.symbols;
    const seen = new Int32Array(ids.length);
    await inTurns(rows.length, statesPerTurn, pause, (index) => {
      const row = rows.length - 1 - index;
      const state = stateOfRow[row] as number;
      this.#newestEnds[state] = row;
      if (row === 0) return;
      const symbol = rows[row - 1] as number;
      const occurrences = seen[symbol] as number;
      if (occurrences >= recall) return;
      seen[symbol] = occurrences + 1;
      this.#oldest[symbol] = row - 1;
      this.#followed[state] = 1;
    });
  }

  async #countStates(pause: () => Promise<unknown>): Promise<void> {
    const { automaton } = this;
    const { edges, stateCount } = automaton;
    const followed = this.#followed;
    const newestEnds = this.#newestEnds;
    const voters = this.#voters;
    const byLength = await statesByLength(automaton, pause);
    // Where a stretch ends, its suffixes end as well. Links lead to shorter ones: longest first.
    await inTurns(stateCount, statesPerTurn, pause, (index) => {
      const state = byLength[stateCount - 1 - index] as number;
      const link = automaton.linkOf(state);
      followed[link] = (followed[link] as number) + (followed[state] as number);
      newestEnds[link] = Math.max(newestEnds[link] as number, newestEnds[state] as number);
    });
    await inTurns(edges.count, statesPerTurn, pause, (index) => {
      const edge = index + 1;
      const source = edges.sourceOf(edge);
      if ((followed[edges.targetOf(edge)] as number) > 0) voters[source] = source;
    });
    await inTurns(stateCount, statesPerTurn, pause, (index) => {
      const state = byLength[index] as number;
      if (voters[state] === noState) voters[state] = voters[automaton.linkOf(state)] as number;
    });
  }
}

/** Whether votes win against others. */
export function isAhead(a: Votes, b: Votes): boolean {
  return a.votes > b.votes || (a.votes === b.votes && a.newest > b.newest);
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
