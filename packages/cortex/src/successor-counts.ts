import { ContextMatch, type LearnedLog } from "./context-match.js";
import { FollowerCounts, type Vote } from "./follower-counts.js";
import { inTurns } from "./in-turns.js";
import { LogStart } from "./log-start.js";
import type { LoggedQuestion, Prediction, Predictor } from "./predictor.js";
import { nearestOnce, requireQuestion } from "./question.js";

const idsPerTurn = 1_000;
const stepsPerTurn = 250;

/**
 * Predicts what most often followed the context at the newest occurrences of the current state; where nothing
 * did, the nearest other ESS. The rule and its reasons are in docs/decisions/0008-prediction-rule.md.
 *
 * Learns the log anew for each chain, in time linear in it and up to 150 bytes for each row; then a step costs
 * the same however long the log and the context are.
 */
export const successorCounts: Predictor = { predict };

function predict(question: LoggedQuestion): AsyncIterable<Prediction> {
  requireQuestion(question);
  return chain(question);
}

async function* chain(question: LoggedQuestion): AsyncGenerator<Prediction, void, undefined> {
  const { context, n, match: kind, pause } = question;
  if (n === 0) return;
  const match = await begin(question, await learn(question));
  const nearest = nearestOnce(question);
  let current = context.at(-1) as number;
  for (let step = 1; step <= n; step += 1) {
    const prediction = toPrediction(voteOf(match, kind)) ?? (await nearest(current));
    if (prediction === undefined) return;
    yield prediction;
    current = prediction.id;
    match.append(current);
    if (step % stepsPerTurn === 0) await pause();
  }
}

async function learn({ log, range, recall, pause }: LoggedQuestion): Promise<LearnedLog> {
  const counts = await FollowerCounts.of(log, recall, pause);
  return { counts, start: await LogStart.of(counts.symbols.rows, range, pause) };
}

/** The context that the chain begins with: as it was said, or the other reading of it. */
async function begin(question: LoggedQuestion, learned: LearnedLog): Promise<ContextMatch> {
  const { context, otherwise, range, match: kind, pause } = question;
  const matchOf = async (ids: readonly number[]): Promise<ContextMatch> => {
    const match = new ContextMatch(learned, range);
    const counted = ids.slice(-range);
    await inTurns(counted.length, idsPerTurn, pause, (index) => match.append(counted[index] as number));
    return match;
  };
  const asSaid = await matchOf(context);
  if (otherwise === undefined) return asSaid;
  const other = await matchOf(otherwise);
  const known = voteOf(asSaid, kind)?.contextLength ?? 0;
  const isKnown = kind === "whole" ? known > 0 : known > (voteOf(other, kind)?.contextLength ?? 0);
  return isKnown ? asSaid : other;
}

function voteOf(match: ContextMatch, kind: LoggedQuestion["match"]): Vote | undefined {
  return kind === "whole" ? match.wholeVote() : match.longestVote();
}

function toPrediction(vote: Vote | undefined): Prediction | undefined {
  if (vote === undefined) return undefined;
  const { id, contextLength, votes, total } = vote;
  return { id, source: "history", evidence: [{ contextLength, votes, total }] };
}
