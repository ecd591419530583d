import type { Prediction, Question } from "./predictor.js";
import { nearestOnce, requireQuestion } from "./question.js";

/** A row of a log, by a key that grows with its rows. */
export interface LoggedRow {
  readonly key: number;
  readonly id: number;
}

/**
 * A log that is asked for rows instead of being read whole. While a chain is read it must stay the same,
 * or grow only at its end, after the rows that its first reply knew.
 */
export interface LookUps {
  /** The keys of the newest rows with this id that a row follows, newest first, at most `limit`. */
  occurrences(id: number, limit: number): Promise<readonly number[]>;
  /** The rows before one, newest first, at most `limit`; fewer where the log begins. */
  before(key: number, limit: number): Promise<readonly LoggedRow[]>;
  /** The id of the row after one. */
  after(key: number): Promise<number | undefined>;
}

/** Rows of context that are read at first; where they match, four times as many. */
const firstRows = 8;
/** Ids that are compared in the time that a row takes to be read, and what an occurrence takes that is known. */
const comparedIds = 64;
const perOccurrence = 1 / 8;
const costPerTurn = 1_000;

class BudgetSpent extends Error {
  override readonly name = "BudgetSpent";
}

/**
 * What may be looked up before it is cheaper to read and learn the whole log. Costs are counted in rows that are
 * read; a call costs some more.
 */
export class LookUpBudget {
  #left: number;
  #sincePause = 0;

  constructor(rows: number) {
    this.#left = rows;
  }

  /** Whether the chain ended because there was nothing left. */
  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** How many rows may still be read. */
  get left(): number {
    return Math.max(0, Math.floor(this.#left));
  }

  /** Ends the chain that looks up where this is more than what is left. */
  spend(cost: number): void {
    this.#left -= cost;
    this.#sincePause += cost;
    if (this.isSpent) throw new BudgetSpent();
  }

  /** Ends the chain that looks up. */
  exhaust(): never {
    this.#left = -1;
    throw new BudgetSpent();
  }

  /** Pauses after about a millisecond of work. */
  async pauseInTurn(pause: () => Promise<unknown>): Promise<void> {
    if (this.#sincePause < costPerTurn) return;
    this.#sincePause = 0;
    await pause();
  }
}

interface LookedUp {
  /** The ids before the row, newest first, as far as they were asked for. */
  readonly before: number[];
  /** Whether the log begins with the last of them. */
  begins: boolean;
  /** The key of the oldest row that was read. */
  oldest: number;
  after?: number | undefined;
}

/**
 * Predicts by the rule of `successorCounts` and to the same effect, with nothing but look-ups: at the occurrences that
 * `recall` lets count, it compares the rows before them. Meant for questions that need few rows of a log of any length.
 * The chain ends early where the budget is spent: the rest of it is to be learned.
 *
 * @param question its `match` must be `whole`.
 * @throws RangeError for a number outside its range, an empty context or another `match`. What the look-ups,
 * `nearestOther` and `pause` throw is passed on.
 */
export function predictByLookUps(
  question: Question,
  lookUps: LookUps,
  budget: LookUpBudget,
): AsyncIterable<Prediction> {
  requireQuestion(question);
  if (question.match !== "whole") throw new RangeError(`match is ${question.match}; only whole contexts are looked up`);
  return chain(question, new Voting(question, lookUps, budget));
}

async function* chain(question: Question, voting: Voting): AsyncGenerator<Prediction, void, undefined> {
  const { otherwise, n } = question;
  const nearest = nearestOnce(question);
  let context = [...question.context];
  for (let step = 1; step <= n; step += 1) {
    let prediction = await voting.vote(context);
    if (prediction === undefined && step === 1 && otherwise !== undefined) {
      context = [...otherwise];
      prediction = await voting.vote(context);
    }
    if (voting.isSpent) return;
    prediction ??= await nearest(context.at(-1) as number);
    if (prediction === undefined) return;
    yield prediction;
    context.push(prediction.id);
  }
}

/** Holds the votes on contexts, and remembers what was looked up for them. */
class Voting {
  readonly #question: Question;
  readonly #lookUps: LookUps;
  readonly #budget: LookUpBudget;
  readonly #occurrences = new Map<number, readonly number[]>();
  readonly #rows = new Map<number, LookedUp>();

  constructor(question: Question, lookUps: LookUps, budget: LookUpBudget) {
    this.#question = question;
    this.#lookUps = lookUps;
    this.#budget = budget;
  }

  get isSpent(): boolean {
    return this.#budget.isSpent;
  }

  /** What followed the context; undefined where nothing did, or the budget is spent. */
  async vote(context: readonly number[]): Promise<Prediction | undefined> {
    try {
      return await this.#elect(context);
    } catch (error) {
      if (error instanceof BudgetSpent) return undefined;
      throw error;
    }
  }

  async #elect(context: readonly number[]): Promise<Prediction | undefined> {
    const contextLength = Math.min(this.#question.range, context.length);
    const votes = new Map<number, number>();
    let total = 0;
    for (const key of await this.#occurrencesOf(context.at(-1) as number)) {
      this.#budget.spend(perOccurrence);
      await this.#budget.pauseInTurn(this.#question.pause);
      if (!(await this.#matches(key, context, contextLength))) continue;
      const id = await this.#after(key);
      if (id === undefined) continue;
      votes.set(id, (votes.get(id) ?? 0) + 1);
      total += 1;
    }
    // The newest was counted first: of equally frequent ones it stays ahead.
    let winner: [id: number, votes: number] | undefined;
    for (const entry of votes) if (winner === undefined || entry[1] > winner[1]) winner = entry;
    if (winner === undefined) return undefined;
    return { id: winner[0], source: "history", evidence: [{ contextLength, votes: winner[1], total }] };
  }

  async #occurrencesOf(id: number): Promise<readonly number[]> {
    const known = this.#occurrences.get(id);
    if (known !== undefined) return known;
    const { recall } = this.#question;
    // One more than may be read: where there are so many, not all can be looked at.
    const limit = Math.min(recall, this.#budget.left + 1);
    const keys = await this.#lookUps.occurrences(id, limit);
    if (keys.length === limit && limit < recall) this.#budget.exhaust();
    this.#occurrences.set(id, keys);
    return keys;
  }

  /** Whether the log holds the context before an occurrence of its newest id, as far as the log reaches back. */
  async #matches(key: number, context: readonly number[], contextLength: number): Promise<boolean> {
    const row = this.#row(key);
    for (let back = 1; ;) {
      const known = Math.min(contextLength, row.before.length + 1);
      this.#budget.spend((known - back) / comparedIds);
      while (back < known && row.before[back - 1] === context[context.length - 1 - back]) back += 1;
      if (back < known) return false;
      if (back === contextLength || row.begins) return true;
      await this.#readBefore(row, contextLength - back);
    }
  }

  async #readBefore(row: LookedUp, wanted: number): Promise<void> {
    const limit = Math.min(wanted, Math.max(firstRows, 4 * row.before.length));
    const rows = await this.#lookUps.before(row.oldest, limit);
    for (const { id } of rows) row.before.push(id);
    row.begins = rows.length < limit;
    row.oldest = rows.at(-1)?.key ?? row.oldest;
  }

  async #after(key: number): Promise<number | undefined> {
    const row = this.#row(key);
    if (!("after" in row)) row.after = await this.#lookUps.after(key);
    return row.after;
  }

  #row(key: number): LookedUp {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { before: [], begins: false, oldest: key };
      this.#rows.set(key, row);
    }
    return row;
  }
}
