import { setImmediate } from "node:timers/promises";
import type { NextStateQuestion } from "@eca/contract";
import type { Predictor } from "@eca/cortex";
import type { Clock } from "../clock.js";
import { DomainError } from "../errors.js";
import { requireEss } from "../ess/service.js";
import { requireModule } from "../module/service.js";
import type { StateIndex } from "../search/state-index.js";
import { predictedStatus } from "../sequence/mark-predicted.js";
import { latest, requireSequence } from "../sequence/service.js";
import type { EssRow, RowRange } from "../store/rows.js";
import type { Reader, Store, Transaction } from "../store/store.js";
import { predictChain } from "./chain.js";
import { openLog, type OwnLog } from "./log.js";
import { toResponse } from "./response.js";
import type { RowBudget } from "./row-budget.js";

/** States that are read before others have their turn. */
const statesPerTurn = 100;

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
  predict(question: NextStateQuestion, user: string): Promise<Forecast>;
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
    predict: async (question, user) => {
      const { module_id: moduleId } = question;
      const log = await openLog(store, moduleId, question.status);
      const current = await currentState(store, question, log);
      const ids = await predictChain({ reader: store, index, predictor, budget, user }, question, current.id, log);
      const forecast = { current, next: await readStates(store, moduleId, ids) };
      if (!question.store_response && !question.store_sequence) return forecast;
      const entries = await store.transact((tx) => storeForecast(tx, forecast, question, clock()));
      return { ...forecast, entries };
    },
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

async function readStates(reader: Reader, moduleId: string, ids: readonly number[]): Promise<EssRow[]> {
  const known = new Map<number, EssRow>();
  const rows: EssRow[] = [];
  for (const id of ids) {
    let row = known.get(id);
    if (row === undefined) {
      row = await requireEss(reader, moduleId, id);
      known.set(id, row);
      if (known.size % statesPerTurn === 0) await setImmediate();
    }
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
