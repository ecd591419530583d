import type { NextStateQuestion } from "@eca/contract";
import type { Predictor } from "@eca/cortex";
import type { Clock, Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import type { StateSource } from "../ess/parts.js";
import { ReplyText } from "../ess/reply-text.js";
import { requireEss } from "../ess/service.js";
import type { Size } from "../limits/limits.js";
import { requireModule } from "../module/service.js";
import type { StateIndex } from "../search/state-index.js";
import { predictedStatus } from "../sequence/mark-predicted.js";
import { latest, requireSequence } from "../sequence/service.js";
import type { EssRow, RowRange } from "../store/port/rows.js";
import type { Reader, Store, Transaction } from "../store/port/store.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { predictChain } from "./chain.js";
import { openLog, type OwnLog } from "./log.js";
import { toResponse } from "./response.js";
import type { Semaphore } from "../throttling/semaphore.js";

/** What a twin takes in a reply beside its module id and its state, in characters: its keys and its ids. */
const twinLength = 64;

/** A state and the chain that is predicted to follow it. */
export interface Forecast {
  readonly current: StateSource;
  /** A state that comes again is the same object. */
  readonly next: readonly StateSource[];
  /** Counts the texts that are told of it. */
  readonly replyText: Pick<ReplyText, "add">;
}

/** What is told of a forecast. */
interface Told<Body> {
  readonly body: Body;
  /** The entries that were stored of it; undefined where none were. */
  readonly entries?: RowRange | undefined;
}

/** What comes next in a module. */
export interface PredictionService {
  /**
   * Predicts a chain of next states from the module's own log, each step conditioned on the ones
   * before; where the log is silent the nearest other ESS follows. The chain is shorter than asked for
   * only where the module has no other ESS. What is to be stored is stored before this resolves, all
   * or nothing, and once it is known that it can be told.
   *
   * @param tell Makes the reply; it counts the texts behind states.
   * @throws DomainError `module_not_found`, `sequence_not_found` when the log is empty and no current
   * state is given, `ess_not_found` when the current state is not one of the module, `reply_too_large`.
   */
  predict<Body>(
    question: NextStateQuestion,
    user: string,
    tell: (forecast: Forecast) => Promise<Body>,
  ): Promise<Told<Body>>;
}

interface PredictionServiceDependencies {
  readonly store: Store;
  readonly index: StateIndex;
  readonly predictor: Predictor;
  readonly clock: Clock;
  /** Bounds what is learned from, by each question and by all that are asked at the same moment. */
  readonly budget: Semaphore;
  /** Numbers of all states of a forecast together, and characters of what is told of them beside. */
  readonly numbers: Size;
  readonly textLength: Size;
  /** What long work waits for between its parts. */
  readonly timeSlice: TimeSlice;
}

export function createPredictionService(dependencies: PredictionServiceDependencies): PredictionService {
  const { store, index, predictor, clock, budget, numbers, textLength, timeSlice } = dependencies;
  return {
    predict: async (question, user, tell) => {
      const { module_id: moduleId } = question;
      const log = await openLog(store, moduleId, question.status);
      const current = toStateSource(await currentState(store, question, log));
      requireFewNumbers(question, current.state.length, numbers);
      const ids = await predictChain(
        { reader: store, index, predictor, budget, user, timeSlice },
        question,
        current.id,
        log,
      );
      const replyText = new ReplyText(textLength, "ask for a smaller n, or by POST /v1/predictions/raw for no texts");
      const next = await readStates(store, current, ids, { replyText, timeSlice });
      const body = await tell({ current, next, replyText });
      if (!question.store_response && !question.store_sequence) return { body };
      const chain = { current, next, at: clock() };
      return { body, entries: await store.transact((tx) => storeChain(tx, chain, question, timeSlice)) };
    },
  };
}

/**
 * What a chain costs is known by its length and the module's shape, before anything is done for it.
 *
 * @throws DomainError `reply_too_large`.
 */
function requireFewNumbers({ n }: NextStateQuestion, shape: number, { max, setting }: Size): void {
  const asked = (n + 1) * shape;
  if (asked <= max) return;
  const detail =
    `n is ${n}: with the current state these are ${n + 1} states of ${shape} numbers, ${asked} together; a reply has at ` +
    `most ${max} (prediction_numbers, ${setting}): ask for n of at most ${Math.floor(max / shape) - 1}, and ` +
    `go on from the last state`;
  throw new DomainError("reply_too_large", [{ detail, pointer: "/n" }]);
}

/** Without the contexts, which nothing tells: all states of a chain are in memory together. */
function toStateSource(row: EssRow): StateSource {
  return {
    id: row.id,
    module_id: row.module_id,
    state: row.state,
    embedding_input: row.embedding_input,
    aggregate_id: row.aggregate_id,
    aggregate_module_id: row.aggregate_module_id,
    aggregate_shape: row.aggregate_shape,
    aggregate_emb_inp: row.aggregate_emb_inp,
  };
}

/** The state to begin with: the one that the caller names, else that of the newest entry of the log. */
async function currentState(
  reader: Reader,
  { module_id: moduleId, current_state: given, status }: NextStateQuestion,
  { newest }: OwnLog,
): Promise<EssRow> {
  if (given !== null) {
    const row = await reader.ess(moduleId, given);
    if (row !== undefined) return row;
    await requireModule(reader, moduleId);
    const detail = `current_state is ${given}, module "${moduleId}" has no such ESS`;
    throw new DomainError("ess_not_found", [{ detail, pointer: "/current_state" }]);
  }
  if (newest !== undefined) return requireEss(reader, moduleId, newest.instance_id);
  if (status === null)
    return requireEss(reader, moduleId, (await requireSequence(reader, moduleId, latest)).instance_id);
  await requireModule(reader, moduleId);
  throw new DomainError("sequence_not_found", `module "${moduleId}" has no sequence entry with status "${status}"`);
}

/** @throws DomainError `reply_too_large` at the state whose twins make the reply too long. */
async function readStates(
  reader: Reader,
  current: StateSource,
  ids: readonly number[],
  { replyText, timeSlice }: { readonly replyText: Pick<ReplyText, "add">; readonly timeSlice: TimeSlice },
): Promise<StateSource[]> {
  const known = new Map([[current.id, { row: current, length: lengthOfTwins(current) }]]);
  replyText.add(lengthOfTwins(current));
  const rows: StateSource[] = [];
  for (const id of ids) {
    let state = known.get(id);
    if (state === undefined) {
      // A row with a long context takes milliseconds.
      if (timeSlice.isOver) await timeSlice.next();
      const row = toStateSource(await requireEss(reader, current.module_id, id));
      state = { row, length: lengthOfTwins(row) };
      known.set(id, state);
    }
    replyText.add(state.length);
    rows.push(state.row);
  }
  return rows;
}

/** Characters of the twins of a state beside their own states. */
function lengthOfTwins({ module_id: moduleId, aggregate_id: components, aggregate_module_id: moduleIds }: StateSource) {
  if (components.length === 0) return twinLength + moduleId.length;
  return moduleIds.reduce((sum, { length }) => sum + twinLength + length, 0);
}

/** Returns the entries that it adds; undefined where it adds none. */
async function storeChain(
  tx: Transaction,
  { current, next, at }: Pick<Forecast, "current" | "next"> & { readonly at: Micros },
  { module_id: moduleId, store_response: responses, store_sequence: sequence }: NextStateQuestion,
  timeSlice: TimeSlice,
): Promise<RowRange | undefined> {
  let percept = current;
  const ids: number[] = [];
  for (const row of next) {
    if (timeSlice.isOver) await timeSlice.next();
    if (responses) await tx.insertResponse(toResponse(percept, row), at);
    if (sequence) {
      const entry = { instance_id: row.id, status: predictedStatus, context: null, predicted: true };
      ids.push((await tx.insertSequence(moduleId, entry, at)).id);
    }
    percept = row;
  }
  const [first = 0, last = first] = [ids[0], ids.at(-1)];
  return ids.length === 0 ? undefined : { kind: "sequence", module_id: moduleId, first, last };
}
