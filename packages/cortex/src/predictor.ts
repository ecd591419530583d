/**
 * Where a prediction comes from: `history` = rows of the log voted for it, `nearest` = the log is
 * silent and it is the nearest other ESS. A predictor with more ways adds its names here.
 */
export type Source = "history" | "nearest";

/** One reason for a prediction: what followed a context in the log. */
export interface Evidence {
  /** How many of the newest ids of the context were found again, in order and without a gap; from 1. */
  readonly contextLength: number;
  /** How many of those occurrences were followed by the predicted id; from 1. */
  readonly votes: number;
  /** How many of those occurrences were followed by any id; at least `votes`. */
  readonly total: number;
}

/** What comes next, and why. Plain data. */
export interface Prediction {
  /** The id of the ESS that comes next. */
  readonly id: number;
  readonly source: Source;
  /** The evidence in the log; empty where its source is not the log. */
  readonly evidence: readonly Evidence[];
}

/** How much of the past counts, and how far ahead to look. `Infinity` means all of it. */
export interface Scope {
  /** The length of the context, in rows, the current one included; a whole number from 1, or `Infinity`. */
  readonly range: number;
  /**
   * How many of the newest earlier occurrences of the current state are looked at; a whole number from
   * 1, or `Infinity`. The newest row of the log is none of them, as nothing has followed it yet.
   */
  readonly recall: number;
  /** The length of the chain; a whole number from 0. */
  readonly n: number;
  /**
   * Which of those occurrences vote. `whole`: those before which the log holds the whole context, as far as
   * the log reaches back. `longest`: those before which it holds as much of the context as before any.
   */
  readonly match: "whole" | "longest";
}

/** What comes after `context`? */
export interface Question extends Scope {
  /** Ids of ESS, **oldest first**, the current one last; at least one. See `toContexts`. */
  readonly context: readonly number[];
  /**
   * Another reading of what the caller sent, with the same current state. It takes the place of `context` for the
   * whole chain where the log knows nothing of `context`: no occurrence votes or, with `longest`, none that
   * holds more of it than of `otherwise`.
   */
  readonly otherwise?: readonly number[] | undefined;
  /**
   * The ESS nearest to this one, itself excluded; undefined where there is no other. Asked where the
   * log is silent, at most once per id and chain.
   */
  readonly nearestOther: (id: number) => number | undefined | Promise<number | undefined>;
  /**
   * Lets others have their turn. Awaited after about a millisecond of work at a time; in Node give it
   * `setImmediate` of `node:timers/promises`.
   */
  readonly pause: () => Promise<unknown>;
}

/** A question, and the log to predict from. */
export interface LoggedQuestion extends Question {
  /**
   * Ids of ESS, one per row, **oldest first**. Filtered already: rows that do not count are not in it. It
   * must not change while a chain is read.
   */
  readonly log: ArrayLike<number>;
}

/**
 * The port of next-state prediction. A predictor may be one for all logs or keep what it learned of
 * one log; either way the same logs and the same questions get the same predictions.
 */
export interface Predictor {
  /**
   * A chain of next states: each prediction is made as if the ones before had come true, but adds
   * nothing to the log. At most `n` predictions, fewer where nothing can be predicted any more.
   * Whoever stops reading early stops the work.
   *
   * @throws RangeError for a number outside its range or an empty context. What `nearestOther` and
   * `pause` throw is passed on.
   */
  predict(question: LoggedQuestion): AsyncIterable<Prediction>;
}
