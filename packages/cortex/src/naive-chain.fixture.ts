import type { Prediction, Question } from "./predictor.js";

type NaiveQuestion = Omit<Question, "pause" | "nearestOther"> & {
  readonly log: readonly number[];
  readonly nearestOther: (id: number) => number | undefined;
};

/** The rule of prediction, implemented literally: every step looks at every row. The fast ones must return the same. */
export function naiveChain(question: NaiveQuestion): Prediction[] {
  const context = [...beginning(question)];
  const chain: Prediction[] = [];
  while (chain.length < question.n) {
    const next = naiveVote(question, context)?.prediction ?? nearest(question, context.at(-1)!);
    if (next === undefined) break;
    chain.push(next);
    context.push(next.id);
  }
  return chain;
}

function beginning(question: NaiveQuestion): readonly number[] {
  const { context, otherwise, match } = question;
  if (otherwise === undefined) return context;
  const known = naiveVote(question, context)?.length ?? 0;
  const knownOtherwise = match === "whole" ? 0 : (naiveVote(question, otherwise)?.length ?? 0);
  return known > knownOtherwise ? context : otherwise;
}

function nearest({ nearestOther }: NaiveQuestion, current: number): Prediction | undefined {
  const id = nearestOther(current);
  return id === undefined ? undefined : { id, source: "nearest", evidence: [] };
}

function naiveVote({ log, range, recall, match }: NaiveQuestion, context: readonly number[]) {
  const wanted = context.slice(-Math.min(range, context.length)).toReversed();
  const rows = [...log.keys()].filter((row) => row < log.length - 1 && log[row] === wanted[0]);
  const occurrences = recall < rows.length ? rows.slice(-recall) : rows;
  /** How many ids of the context are in the log, up to and including this row. */
  const matched = (row: number): number => {
    const other = wanted.findIndex((id, back) => row - back < 0 || log[row - back] !== id);
    return other === -1 ? wanted.length : other;
  };
  const longest = Math.max(0, ...occurrences.map(matched));
  const voters = occurrences.filter((row) =>
    match === "whole" ? matched(row) === Math.min(wanted.length, row + 1) : matched(row) === longest,
  );
  if (voters.length === 0) return undefined;
  const length = match === "whole" ? wanted.length : longest;
  const followers = voters.map((row) => log[row + 1]!);
  return { length, prediction: elect(followers, length) };
}

function elect(followers: readonly number[], contextLength: number): Prediction {
  const votesOf = (id: number): number => followers.filter((follower) => follower === id).length;
  const maxVotes = Math.max(...followers.map(votesOf));
  const id = followers.findLast((follower) => votesOf(follower) === maxVotes)!;
  return { id, source: "history", evidence: [{ contextLength, votes: maxVotes, total: followers.length }] };
}
