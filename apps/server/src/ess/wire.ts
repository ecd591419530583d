import type { Ess, SearchResult } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { EssRow } from "../store/port/rows.js";
import type { Match } from "./match.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { longState, shortest, toNumbers, toNumbersInTurns } from "./state.js";

/** A state as the wire shows it: its 19 keys and nothing else. */
function toEss(row: EssRow): Ess {
  return withState(row, toNumbers(row.state));
}

/** The same, where a long state takes several turns of the event loop. */
export function toEssInTurns(row: EssRow, timeSlice: TimeSlice): Ess | Promise<Ess> {
  if (row.state.length <= longState) return toEss(row);
  return toNumbersInTurns(row.state, timeSlice).then((numbers) => withState(row, numbers));
}

/** A row as the wire shows it, with its state in whatever form the reply has it. */
export function withState<State>(row: EssRow, state: State): Omit<Ess, "state"> & { state: State } {
  const createdAt = formatTimestamp(row.created_at);
  // Key by key: a spread costs more than all of these together.
  return {
    id: row.id,
    module_id: row.module_id,
    state,
    valence: row.valence,
    score: row.score,
    avg_ess_valence: row.avg_ess_valence,
    avg_ess_score: row.avg_ess_score,
    total_ess_score: row.total_ess_score,
    embedding_input: row.embedding_input,
    context: row.context,
    aggregate_id: row.aggregate_id,
    aggregate_module_id: row.aggregate_module_id,
    aggregate_shape: row.aggregate_shape,
    aggregate_valence: row.aggregate_valence,
    aggregate_score: row.aggregate_score,
    aggregate_context: row.aggregate_context,
    aggregate_emb_inp: row.aggregate_emb_inp,
    created_at: createdAt,
    updated_at: row.updated_at === row.created_at ? createdAt : formatTimestamp(row.updated_at),
  };
}

/** A match as the wire shows it. A score that is no 32-bit float, as none is large enough, is printed as it is. */
export function toSearchResult({ score, ess }: Match, timeSlice: TimeSlice): SearchResult | Promise<SearchResult> {
  const printed = Math.fround(score) === score ? shortest(score) : score;
  const row = toEssInTurns(ess, timeSlice);
  return row instanceof Promise ? row.then((ess) => ({ score: printed, ess })) : { score: printed, ess: row };
}
