import type { PrettyEss } from "@eca/contract";
import { formatPrettyTimestamp } from "../clock.js";
import type { EssRow } from "../store/port/rows.js";
import type { Size } from "../limits/limits.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { partsOf, toTexts, type TextOf } from "./parts.js";
import { ReplyText } from "./reply-text.js";
import { toTextsInTurns } from "./state.js";
import { withState } from "./wire.js";

/** What pretty states are made with. */
export interface PrettyOptions {
  readonly textOf: TextOf;
  /** Characters of the texts behind a state and its components together. */
  readonly replyTextLength: Size;
  readonly timeSlice: TimeSlice;
}

/**
 * Formats a state as texts. An aggregate: one string a component, its text or else its numbers. A
 * single embedded state: its text in `state_str`. A plain state of shape 1: its number in
 * `state_float`. Any other: its numbers, each in its shortest form.
 *
 * @throws DomainError `reply_too_large` where the texts behind it are too long together.
 */
export async function toPrettyEss(
  row: EssRow,
  { textOf, replyTextLength, timeSlice }: PrettyOptions,
): Promise<PrettyEss> {
  const pretty: PrettyEss = {
    ...withState(row, null),
    state_str: null,
    state_float: null,
    created_at: formatPrettyTimestamp(row.created_at),
    updated_at: formatPrettyTimestamp(row.updated_at),
  };
  const replyText = new ReplyText(replyTextLength, "read the state in numbers");
  const parts = await partsOf(row, { textOf, replyText, timeSlice });
  if (row.aggregate_id.length > 0) {
    return { ...pretty, state: await toTexts(parts, timeSlice) };
  }
  const { text, numbers = [] } = parts[0] ?? {};
  if (text !== undefined) return { ...pretty, state_str: text, embedding_input: null };
  const [number] = numbers;
  if (number !== undefined && numbers.length === 1) return { ...pretty, state_float: number };
  return { ...pretty, state: await toTextsInTurns(numbers, timeSlice) };
}
