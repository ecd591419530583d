import type { EssRow } from "../store/port/rows.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { ReplyText } from "./reply-text.js";
import { longState, toNumbersInTurns, toTextsInTurns } from "./state.js";

/** The text behind an embedding input; undefined where a module has none with this id. */
export type TextOf = (moduleId: string, embeddingInput: number) => Promise<string | undefined>;

/** The fields of a row that its parts are made from. */
export type StateSource = Pick<
  EssRow,
  | "id"
  | "module_id"
  | "state"
  | "embedding_input"
  | "aggregate_id"
  | "aggregate_module_id"
  | "aggregate_shape"
  | "aggregate_emb_inp"
>;

/** A part of a state in a reply: all of a plain state, or one direct component of an aggregate. */
export interface StatePart {
  readonly moduleId: string;
  /** The text behind it; undefined where it has no embedding input, or its module no such embedding. */
  readonly text: string | undefined;
  /** Its numbers as they are printed. */
  readonly numbers: readonly number[];
}

/** What the parts of a state are made with. */
export interface PartsOptions {
  readonly textOf: TextOf;
  /** Counts the texts behind the parts. */
  readonly replyText: Pick<ReplyText, "add">;
  readonly timeSlice: TimeSlice;
}

/** The text of each part: the one behind it, else its numbers. Others have their turn in between. */
export async function toTexts(parts: readonly StatePart[], timeSlice: TimeSlice): Promise<string[]> {
  const texts: string[] = [];
  for (const { text, numbers } of parts) {
    if (timeSlice.isOver) await timeSlice.next();
    texts.push(text ?? (await joinNumbers(numbers, timeSlice)));
  }
  return texts;
}

function joinNumbers(numbers: readonly number[], timeSlice: TimeSlice): string | Promise<string> {
  if (numbers.length <= longState) return numbers.join(", ");
  return toTextsInTurns(numbers, timeSlice).then((texts) => texts.join(", "));
}

/**
 * The parts of a state in order; a plain state is one part. Others have their turn in between.
 *
 * @throws DomainError `reply_too_large`.
 */
export async function partsOf(row: StateSource, { textOf, replyText, timeSlice }: PartsOptions): Promise<StatePart[]> {
  const numbers = await toNumbersInTurns(row.state, timeSlice);
  const textBehind = async (moduleId: string, input: number | null): Promise<string | undefined> => {
    const text = input === null ? undefined : await textOf(moduleId, input);
    if (text !== undefined) replyText.add(text.length);
    return text;
  };
  if (row.aggregate_id.length === 0) {
    const { module_id: moduleId } = row;
    return [{ moduleId, text: await textBehind(moduleId, row.embedding_input), numbers }];
  }
  const parts: StatePart[] = [];
  let offset = 0;
  // One after the other: what is too long is found before all of it is there.
  for (const [index, moduleId] of row.aggregate_module_id.entries()) {
    if (timeSlice.isOver) await timeSlice.next();
    const text = await textBehind(moduleId, row.aggregate_emb_inp[index] ?? null);
    const end = offset + (row.aggregate_shape[index] ?? 0);
    parts.push({ moduleId, text, numbers: numbers.slice(offset, end) });
    offset = end;
  }
  return parts;
}
