import type { PrettyEss } from "@eca/contract";
import { formatPrettyTimestamp } from "../clock.js";
import type { EssRow } from "../store/rows.js";
import { toNumbers } from "./state.js";
import { toEss } from "./wire.js";

/** The text behind an embedding input; undefined where a module has none with this id. */
export type TextOf = (moduleId: string, embeddingInput: number) => Promise<string | undefined>;

/**
 * Tells a state in texts. An aggregate: one string a component, its text or else its numbers. A
 * single embedded state: its text in `state_str`. A plain state of shape 1: its number in
 * `state_float`. Any other: its numbers, each in its shortest form.
 */
export async function toPrettyEss(row: EssRow, textOf: TextOf): Promise<PrettyEss> {
  const pretty: PrettyEss = {
    ...toEss(row),
    state: null,
    state_str: null,
    state_float: null,
    created_at: formatPrettyTimestamp(row.created_at),
    updated_at: formatPrettyTimestamp(row.updated_at),
  };
  if (row.aggregate_id.length > 0) return { ...pretty, state: await componentTexts(row, textOf) };
  const text = row.embedding_input === null ? undefined : await textOf(row.module_id, row.embedding_input);
  if (text !== undefined) return { ...pretty, state_str: text, embedding_input: null };
  const numbers = toNumbers(row.state);
  const [number] = numbers;
  if (number !== undefined && numbers.length === 1) return { ...pretty, state_float: number };
  return { ...pretty, state: numbers.map(String) };
}

function componentTexts(row: EssRow, textOf: TextOf): Promise<string[]> {
  const numbers = toNumbers(row.state);
  let offset = 0;
  const slices = row.aggregate_shape.map((shape) => numbers.slice(offset, (offset += shape)));
  return Promise.all(
    slices.map(async (slice, index) => {
      const moduleId = row.aggregate_module_id[index];
      const input = row.aggregate_emb_inp[index] ?? null;
      const text = moduleId === undefined || input === null ? undefined : await textOf(moduleId, input);
      return text ?? slice.join(", ");
    }),
  );
}
