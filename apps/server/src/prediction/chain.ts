import type { NextStateQuestion } from "@eca/contract";
import {
  type Contexts,
  leadingRepeats,
  LookUpBudget,
  type Prediction,
  type Predictor,
  predictByLookUps,
  type Question,
  type Scope,
  toContexts,
} from "@eca/cortex";
import { requireEss } from "../ess/service.js";
import { requireModule } from "../module/service.js";
import type { StateIndex } from "../search/state-index.js";
import type { Reader } from "../store/port/store.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { type OwnLog, readNewestIds } from "./log.js";
import type { Semaphore } from "../throttling/semaphore.js";
import { learnInTurn } from "./learn-in-turn.js";
import { StoreLookUps } from "./store-look-ups.js";

/** The longest end of a log that is read as a context without the rest of it. */
const maxLookedUp = 1024;
/** What may be looked up, in rows, before the whole log is read instead: the same again for each sixteen rows of it. */
const minLookUps = 500;
const rowsPerLookUp = 16;

interface ChainDependencies {
  readonly reader: Reader;
  readonly index: StateIndex;
  readonly predictor: Predictor;
  /** Bounds what is learned from, by each question and by all that are asked at the same moment. */
  readonly budget: Semaphore;
  /** Who asks: users have their turns one after the other. */
  readonly user: string;
  /** What long work waits for between its parts. */
  readonly timeSlice: TimeSlice;
}

/**
 * The ids of the states that are predicted to follow `current`, at most `n`.
 *
 * Most questions look at a few occurrences of a few states: these are looked up. Where that would come to more than
 * a part of what reading and learning the log takes, that is done instead. Both give the same answers: the log
 * is that of its newest rows in either case, as many as `budget` has permits.
 */
export async function predictChain(
  dependencies: ChainDependencies,
  question: NextStateQuestion,
  current: number,
  log: OwnLog,
): Promise<number[]> {
  const { reader, budget, predictor, user, timeSlice } = dependencies;
  const scope = scopeOf(question);
  if (scope.n === 0) return [];
  const { sequence_count: present } = await requireModule(reader, log.moduleId);
  const rows = Math.min(present, budget.permits);
  const pause = async (): Promise<void> => {
    if (timeSlice.isOver) await timeSlice.next();
  };
  const asked = { ...scope, nearestOther: remembered((id) => nearestOther(dependencies, log.moduleId, id)), pause };

  const endLength = Math.min(rows, endWanted(question, current));
  if (scope.match === "whole" && endLength <= maxLookedUp) {
    const end = await readNewestIds(reader, log, endLength);
    const lookUpBudget = new LookUpBudget(minLookUps + rows / rowsPerLookUp);
    const lookUps = new StoreLookUps(reader, log, budget.permits, lookUpBudget);
    const looked: Question = { ...asked, ...contextsOf(question, current, end) };
    const ids = await idsOf(predictByLookUps(looked, lookUps, lookUpBudget));
    if (!lookUpBudget.isSpent) return ids;
  }
  return learnInTurn(budget, user, rows, async () => {
    const ids = await readNewestIds(reader, log, rows);
    return idsOf(predictor.predict({ ...asked, ...contextsOf(question, current, ids), log: ids }));
  });
}

function scopeOf({ range, recall, n, use_range_n_recall: isLimited }: NextStateQuestion): Scope {
  return isLimited ? { range, recall, n, match: "whole" } : { range: Infinity, recall: Infinity, n, match: "longest" };
}

/** How much of the end of the log it takes to know what the context is. */
function endWanted({ previous_state: previous, range }: NextStateQuestion, current: number): number {
  if (previous === null) return range;
  const repeats = leadingRepeats(current, previous);
  return repeats === 0 ? 0 : repeats + 1;
}

/**
 * The states that the caller names, else those of the log where it ends with the current state, else the current
 * state alone.
 *
 * @param end The end of the log, oldest first; as long as `endWanted` says, or all of it.
 */
function contextsOf(
  { previous_state: previous, use_range_n_recall: isLimited, range }: NextStateQuestion,
  current: number,
  end: Float64Array,
): Contexts {
  if (previous !== null) {
    const newest = leadingRepeats(current, Array.from(end.slice(-previous.length - 1)).toReversed());
    return toContexts(current, previous, newest);
  }
  const context = Array.from(isLimited ? end.slice(-range) : end);
  return { context: context.at(-1) === current ? context : [current] };
}

async function nearestOther({ reader, index }: ChainDependencies, moduleId: string, id: number) {
  const { state } = await requireEss(reader, moduleId, id);
  const matches = await index.search(moduleId, state, 2);
  return matches.find((match) => match.id !== id)?.id;
}

/** The same answers, each found once: what was looked up in vain may be learned after all. */
function remembered(find: (id: number) => Promise<number | undefined>): (id: number) => Promise<number | undefined> {
  const answers = new Map<number, number | undefined>();
  return async (id) => {
    if (!answers.has(id)) answers.set(id, await find(id));
    return answers.get(id);
  };
}

async function idsOf(chain: AsyncIterable<Prediction>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of chain) ids.push(id);
  return ids;
}
