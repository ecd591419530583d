import { ContextMatch } from "./context-match.js";
import { FollowerCounts } from "./follower-counts.js";
import { inTurns } from "./in-turns.js";
import type { Prediction, Predictor, Question, Scope } from "./predictor.js";

const idsPerTurn = 5_000;
const stepsPerTurn = 1_000;

/**
 * Predicts what most often followed the longest context that is found again; where the current state
 * was never followed by anything inside `recall`, the nearest other ESS. The rule and its reasons are
 * in docs/decisions/0008-prediction-rule.md.
 *
 * Learns the `rowsNeeded` rows anew for each chain, in time linear in them and up to 140 bytes for each;
 * then a step costs the same however long the log and the context are.
 */
export const successorCounts: Predictor = { rowsNeeded, predict };

function rowsNeeded(scope: Scope, contextLength: number): number {
  requireScope(scope);
  requireWhole("contextLength", contextLength, 1);
  if (scope.n === 0) return 0;
  // The oldest row that may vote, and before it the longest context that the last step can have.
  const longestContext = Math.min(scope.range, contextLength + scope.n - 1);
  return Math.min(scope.recall + longestContext, Number.MAX_SAFE_INTEGER);
}

function predict(question: Question): AsyncIterable<Prediction> {
  const needed = rowsNeeded(question, question.context.length);
  return chain(question, needed);
}

async function* chain(question: Question, needed: number): AsyncGenerator<Prediction, void, undefined> {
  const { log, context, range, recall, n, pause } = question;
  if (n === 0) return;
  const counts = await FollowerCounts.of(log, needed, recall, pause);
  const match = new ContextMatch(counts, range);
  const counted = context.slice(-range);
  await inTurns(counted.length, idsPerTurn, pause, (index) => match.append(counted[index] as number));
  const nearestOther = askedOnce(question);
  let current = context.at(-1) as number;
  for (let step = 1; step <= n; step += 1) {
    const prediction = fromHistory(match) ?? (await fromNearest(nearestOther, current));
    if (prediction === undefined) return;
    yield prediction;
    current = prediction.id;
    match.append(current);
    if (step % stepsPerTurn === 0) await pause();
  }
}

function fromHistory(match: ContextMatch): Prediction | undefined {
  const vote = match.vote();
  if (vote === undefined) return undefined;
  const { id, contextLength, votes, total } = vote;
  return { id, source: "history", evidence: [{ contextLength, votes, total }] };
}

async function fromNearest(nearestOther: NearestOther, current: number): Promise<Prediction | undefined> {
  const id = await nearestOther(current);
  return id === undefined ? undefined : { id, source: "nearest", evidence: [] };
}

type NearestOther = (id: number) => Promise<number | undefined>;

/** The question's nearest other ESS, remembered: a chain may come by the same state many times. */
function askedOnce({ nearestOther }: Question): NearestOther {
  const answers = new Map<number, number>();
  return async (id) => {
    const answer = answers.get(id) ?? (await nearestOther(id));
    if (answer !== undefined) answers.set(id, answer);
    return answer;
  };
}

function requireScope({ range, recall, n }: Scope): void {
  if (range !== Infinity) requireWhole("range", range, 1);
  if (recall !== Infinity) requireWhole("recall", recall, 1);
  requireWhole("n", n, 0);
}

function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}, must be a whole number from ${least}`);
  }
}
