import type { NextState, NextStateRaw, Twin, TwinRaw } from "@eca/contract";
import { partsOf, type TextOf } from "../ess/parts.js";
import type { EssRow } from "../store/rows.js";
import type { Forecast } from "./service.js";

/** A forecast told in texts: the one behind each state, else its numbers. */
export async function toNextState({ current, next }: Forecast, textOf: TextOf): Promise<NextState> {
  const twins = async (row: EssRow): Promise<Twin[]> =>
    (await toTwins(row, textOf)).map(({ text, state, ...twin }) => ({ ...twin, state: text ?? state.join(", ") }));
  const lists = await Promise.all(next.map(async (row) => ({ list: await twins(row) })));
  return { current_state: await twins(current), next_state: lists };
}

/** A forecast told in numbers. */
export async function toNextStateRaw({ current, next }: Forecast): Promise<NextStateRaw> {
  const twins = async (row: EssRow): Promise<TwinRaw[]> =>
    (await toTwins(row, async () => undefined)).map(({ text: _, ...twin }) => twin);
  const lists = await Promise.all(next.map(async (row) => ({ list: await twins(row) })));
  return { current_state: await twins(current), next_state: lists };
}

/** One twin for a plain state; of an aggregate, one for each direct component. */
async function toTwins(row: EssRow, textOf: TextOf): Promise<(TwinRaw & { text: string | undefined })[]> {
  const parts = await partsOf(row, textOf);
  const isAggregate = row.aggregate_id.length > 0;
  return parts.map(({ moduleId, text, numbers }, index) => ({
    aggregate_id: isAggregate ? row.id : 0,
    ess_id: row.aggregate_id[index] ?? row.id,
    module_id: moduleId,
    state: [...numbers],
    text,
  }));
}
