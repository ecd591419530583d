import { setImmediate } from "node:timers/promises";
import type { NextStateQuestion } from "@eca/contract";
import { type Prediction, type Predictor, type Scope, toContext } from "@eca/cortex";
import type { Clock } from "../clock.js";
import { DomainError } from "../errors.js";
import { requireEss } from "../ess/service.js";
import { requireModule } from "../module/service.js";
import type { StateIndex } from "../search/state-index.js";
import { predictedStatus } from "../sequence/mark-predicted.js";
import { latest, requireSequence } from "../sequence/service.js";
import type { EssRow, RowRange } from "../store/rows.js";
import type { Reader, Store, Transaction } from "../store/store.js";
import { readNewestIds } from "./log.js";
import { toResponse } from "./response.js";
import type { RowBudget } from "./row-budget.js";

/** A state and the chain that is predicted to follow it. */
export interface Forecast {
  readonly current: EssRow;
  readonly next: readonly EssRow[];
  /** The entries that were stored of it; undefined where none were. */
  readonly entries?: RowRange | undefined;
}

/** What comes next in a module. */
export interface PredictionService {
  /**
   * Predicts a chain of next states from the module's own log, each step conditioned on the ones
   * before; where the log is silent the nearest other ESS follows. The chain is shorter than asked for
   * only where the module has no other ESS. What is to be stored is stored before this resolves, all
   * or nothing.
   *
   * @throws DomainError `module_not_found`, `sequence_not_found` when the log is empty and no current
   * state is given, `ess_not_found` when the current state is not one of the module.
   */
  predict(question: NextStateQuestion): Promise<Forecast>;
}

interface PredictionServiceDependencies {
  readonly store: Store;
  readonly index: StateIndex;
  readonly predictor: Predictor;
  readonly clock: Clock;
  /** Bounds what is learned from, by each question and by all that are asked at the same moment. */
  readonly budget: RowBudget;
}

export function createPredictionService(dependencies: PredictionServiceDependencies): PredictionService {
  const { store, index, predictor, clock, budget } = dependencies;
  return {
    predict: async (question) => {
      const { module_id: moduleId, n } = question;
      const current = await currentState(store, question);
      const rows = await rowsFor(store, predictor, question, budget.most);
      const next = await budget.run(rows, async () => {
        const { log, context } = await readPast(store, current.id, rows, question);
        const chain = predictor.predict({
          ...scopeOf(question),
          log,
          context,
          nearestOther: (id) => nearestOther(store, index, moduleId, id),
          pause: () => setImmediate(),
        });
        return n === 0 ? [] : collect(store, moduleId, chain);
      });
      const forecast = { current, next };
      if (!question.store_response && !question.store_sequence) return forecast;
      const entries = await store.transact((tx) => storeForecast(tx, forecast, question, clock()));
      return { ...forecast, entries };
    },
  };
}

function scopeOf({ range, recall, n }: NextStateQuestion): Scope {
  return { range, recall, n };
}

async function currentState(reader: Reader, question: NextStateQuestion): Promise<EssRow> {
  const { module_id: moduleId, current_state: given, status } = question;
  if (given !== null) {
    const row = await reader.ess(moduleId, given);
    if (row !== undefined) return row;
    await requireModule(reader, moduleId);
    const detail = `current_state is ${given}, module "${moduleId}" has no such ESS`;
    throw new DomainError("ess_not_found", [{ detail, pointer: "/current_state" }]);
  }
  if (status === null) {
    return requireEss(reader, moduleId, (await requireSequence(reader, moduleId, latest)).instance_id);
  }
  const [newest] = await reader.observationPage(moduleId, { order: "desc", limit: 1 }, status);
  if (newest !== undefined) return requireEss(reader, moduleId, newest.instance_id);
  await requireModule(reader, moduleId);
  throw new DomainError("sequence_not_found", `module "${moduleId}" has no sequence entry with status "${status}"`);
}

/** How many of the newest rows of its log a question is answered from: those that matter, at most so many. */
async function rowsFor(
  reader: Reader,
  predictor: Predictor,
  question: NextStateQuestion,
  most: number,
): Promise<number> {
  const { module_id: moduleId, previous_state: previous, range } = question;
  const needed = predictor.rowsNeeded(scopeOf(question), previous === null ? range : previous.length + 1);
  const { sequence_count: present } = await requireModule(reader, moduleId);
  return Math.min(needed, present, most);
}

/**
 * The rows to learn from, and the context to ask about: the states that the caller names, else those of
 * the log where it ends with the current state, else the current state alone.
 */
async function readPast(
  reader: Reader,
  current: number,
  rows: number,
  { module_id: moduleId, previous_state: previous, status, range }: NextStateQuestion,
): Promise<{ log: ArrayLike<number>; context: readonly number[] }> {
  const log = await readNewestIds(reader, moduleId, rows, status);
  if (previous !== null) return { log, context: toContext(current, previous) };
  return { log, context: log.at(-1) === current ? Array.from(log.subarray(-range)) : [current] };
}

async function nearestOther(
  reader: Reader,
  index: StateIndex,
  moduleId: string,
  id: number,
): Promise<number | undefined> {
  const { state } = await requireEss(reader, moduleId, id);
  const matches = await index.search(moduleId, state, 2);
  return matches.find((match) => match.id !== id)?.id;
}

async function collect(reader: Reader, moduleId: string, chain: AsyncIterable<Prediction>): Promise<EssRow[]> {
  const known = new Map<number, EssRow>();
  const rows: EssRow[] = [];
  for await (const { id } of chain) {
    const row = known.get(id) ?? (await requireEss(reader, moduleId, id));
    known.set(id, row);
    rows.push(row);
  }
  return rows;
}

/** Returns the entries that it adds; undefined where it adds none. */
async function storeForecast(
  tx: Transaction,
  { current, next }: Forecast,
  { module_id: moduleId, store_response: responses, store_sequence: sequence }: NextStateQuestion,
  at: number,
): Promise<RowRange | undefined> {
  let percept = current;
  const ids: number[] = [];
  for (const row of next) {
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
