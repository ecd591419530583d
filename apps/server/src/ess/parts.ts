import type { EssRow } from "../store/rows.js";
import { toNumbers } from "./state.js";

/** The text behind an embedding input; undefined where a module has none with this id. */
export type TextOf = (moduleId: string, embeddingInput: number) => Promise<string | undefined>;

/** What a state is told by: all of a plain state, or one direct component of an aggregate. */
export interface StatePart {
  readonly moduleId: string;
  /** The text behind it; undefined where it has no embedding input, or its module no such embedding. */
  readonly text: string | undefined;
  /** Its numbers as they are printed. */
  readonly numbers: readonly number[];
  readonly valence: number;
  readonly context: string | null;
}

/** The parts of a state in order; a plain state is one part. */
export async function partsOf(row: EssRow, textOf: TextOf): Promise<StatePart[]> {
  const numbers = toNumbers(row.state);
  const textBehind = async (moduleId: string, input: number | null): Promise<string | undefined> =>
    input === null ? undefined : textOf(moduleId, input);
  if (row.aggregate_id.length === 0) {
    const { module_id: moduleId, valence, context } = row;
    return [{ moduleId, text: await textBehind(moduleId, row.embedding_input), numbers, valence, context }];
  }
  let offset = 0;
  const slices = row.aggregate_shape.map((shape) => numbers.slice(offset, (offset += shape)));
  return Promise.all(
    row.aggregate_module_id.map(async (moduleId, index) => ({
      moduleId,
      text: await textBehind(moduleId, row.aggregate_emb_inp[index] ?? null),
      numbers: slices[index] ?? [],
      valence: row.aggregate_valence[index] ?? 0,
      context: row.aggregate_context[index] ?? null,
    })),
  );
}
