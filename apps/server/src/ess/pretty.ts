import type { PrettyEss } from "@eca/contract";
import { formatPrettyTimestamp } from "../clock.js";
import type { EssRow } from "../store/rows.js";
import { partsOf, type TextOf } from "./parts.js";
import { toEss } from "./wire.js";

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
  const parts = await partsOf(row, textOf);
  if (row.aggregate_id.length > 0) {
    return { ...pretty, state: parts.map(({ text, numbers }) => text ?? numbers.join(", ")) };
  }
  const { text, numbers = [] } = parts[0] ?? {};
  if (text !== undefined) return { ...pretty, state_str: text, embedding_input: null };
  const [number] = numbers;
  if (number !== undefined && numbers.length === 1) return { ...pretty, state_float: number };
  return { ...pretty, state: numbers.map(String) };
}
