import type { NextState, NextStateRaw, Twin, TwinRaw } from "@eca/contract";
import { partsOf, type PartsOptions, type StatePart, type TextOf, type StateSource, toTexts } from "../ess/parts.js";
import type { Forecast } from "./service.js";

/** What forecasts are told with. */
export type TellOptions = Omit<PartsOptions, "replyText">;

/** A forecast told in texts: the one behind each state, else its numbers. @throws DomainError `reply_too_large`. */
export function toNextState(forecast: Forecast, options: TellOptions): Promise<NextState> {
  return tell<Twin>(forecast, options, (parts) => toTexts(parts, options.timeSlice));
}

/** A forecast told in numbers. */
export function toNextStateRaw(forecast: Forecast, { timeSlice }: TellOptions): Promise<NextStateRaw> {
  return tell<TwinRaw>(forecast, { textOf: noText, timeSlice }, async (parts) =>
    parts.map(({ numbers }) => [...numbers]),
  );
}

const noText: TextOf = async () => undefined;

/** What a state is told by, and the texts behind it. */
interface ReplyTwins<TwinKind> {
  readonly list: TwinKind[];
  readonly textLength: number;
}

async function tell<TwinKind extends Twin | TwinRaw>(
  { current, next, replyText }: Forecast,
  options: TellOptions,
  toStates: (parts: readonly StatePart[]) => Promise<TwinKind["state"][]>,
): Promise<{ current_state: TwinKind[]; next_state: { list: TwinKind[] }[] }> {
  const known = new Map<StateSource, ReplyTwins<TwinKind>>();
  const twinsOf = async (row: StateSource): Promise<TwinKind[]> => {
    const before = known.get(row);
    if (before !== undefined) {
      // It is written once more.
      replyText.add(before.textLength);
      return before.list;
    }
    const parts = await partsOf(row, { ...options, replyText });
    const textLength = parts.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
    const states = await toStates(parts);
    const list = parts.map((part, index) =>
      toTwin<TwinKind>(row, index, { part, state: states[index] as TwinKind["state"] }),
    );
    known.set(row, { list, textLength });
    return list;
  };
  const currentTwins = await twinsOf(current);
  const lists: { list: TwinKind[] }[] = [];
  for (const row of next) {
    if (options.timeSlice.isOver) await options.timeSlice.next();
    lists.push({ list: await twinsOf(row) });
  }
  return { current_state: currentTwins, next_state: lists };
}

/** One twin for a plain state; of an aggregate, one for each direct component. */
function toTwin<TwinKind extends Twin | TwinRaw>(
  row: StateSource,
  index: number,
  { part, state }: { readonly part: StatePart; readonly state: TwinKind["state"] },
): TwinKind {
  const twin = {
    aggregate_id: row.aggregate_id.length > 0 ? row.id : 0,
    ess_id: row.aggregate_id[index] ?? row.id,
    module_id: part.moduleId,
    state,
  };
  return twin as TwinKind;
}
