import type { Prediction, Question } from "./predictor.js";

type NaiveQuestion = Pick<Question, "context" | "range" | "recall" | "n"> & {
  readonly log: readonly number[];
  readonly nearestOther: (id: number) => number | undefined;
};

/** The rule of prediction word for word, by looking at every row for every length: what the fast one must equal. */
export function naiveChain(question: NaiveQuestion): Prediction[] {
  const context = [...question.context];
  const chain: Prediction[] = [];
  while (chain.length < question.n) {
    const next = naiveStep(question, context);
    if (next === undefined) break;
    chain.push(next);
    context.push(next.id);
  }
  return chain;
}

function naiveStep(question: NaiveQuestion, context: readonly number[]): Prediction | undefined {
  for (let length = Math.min(question.range, context.length); length >= 1; length -= 1) {
    const followers = followersOf(question, context.slice(context.length - length));
    if (followers.length > 0) return elect(followers, length);
  }
  const id = question.nearestOther(context.at(-1) as number);
  return id === undefined ? undefined : { id, source: "nearest", evidence: [] };
}

/** The ids in the newest `recall` rows that follow these ids, oldest first. */
function followersOf({ log, recall }: NaiveQuestion, ids: readonly number[]): number[] {
  const text = ids.join();
  return log.filter((_, row) => {
    if (row < log.length - recall || row < ids.length) return false;
    return log.slice(row - ids.length, row).join() === text;
  });
}

function elect(followers: readonly number[], contextLength: number): Prediction {
  const votesOf = (id: number): number => followers.filter((follower) => follower === id).length;
  const mostVotes = Math.max(...followers.map((follower) => votesOf(follower)));
  const id = followers.findLast((follower) => votesOf(follower) === mostVotes) as number;
  return { id, source: "history", evidence: [{ contextLength, votes: mostVotes, total: followers.length }] };
}
