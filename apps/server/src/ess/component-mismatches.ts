import type { EssRow } from "../store/port/rows.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { close } from "./close.js";
import { toNumbers } from "./state.js";
import type { ValuedEss } from "./valence.js";

/** What an aggregate says of a component. */
export type Component = Pick<
  EssRow,
  "module_id" | "id" | "state" | "valence" | "score" | "context" | "embedding_input"
>;

/** The copy of a component in a stored aggregate; undefined where it has none. */
export type CopyOf = (component: Component) => Component | undefined;

/** The copies in an aggregate, of the time when it was put together; none in a plain state or in no row. */
export function copiesIn(stored: EssRow | undefined): CopyOf {
  if (stored === undefined) return () => undefined;
  const copies = new Map<string, Component>();
  let offset = 0;
  for (const [index, id] of stored.aggregate_id.entries()) {
    const module_id = stored.aggregate_module_id[index] ?? "";
    const end = offset + (stored.aggregate_shape[index] ?? 0);
    copies.set(nameOf({ module_id, id }), {
      module_id,
      id,
      state: stored.state.subarray(offset, end),
      valence: stored.aggregate_valence[index] ?? 0,
      score: stored.aggregate_score[index] ?? 0,
      context: stored.aggregate_context[index] ?? null,
      embedding_input: stored.aggregate_emb_inp[index] ?? null,
    });
    offset = end;
  }
  return (component) => copies.get(nameOf(component));
}

function nameOf({ module_id, id }: Pick<Component, "module_id" | "id">): string {
  return `${id} ${module_id}`;
}

/** Where what a full aggregate says of its components is true neither of them nor of their stored copies, in words. */
export async function findMismatches(
  input: ValuedEss,
  components: readonly (Component | undefined)[],
  { copies, timeSlice }: { readonly copies: CopyOf; readonly timeSlice: TimeSlice },
): Promise<string[]> {
  const texts: string[] = [];
  let offset = 0;
  for (const [index, component] of components.entries()) {
    if (timeSlice.isOver) await timeSlice.next();
    const shape = input.aggregate_shape[index] ?? 0;
    const slice = input.state.slice(offset, offset + shape);
    offset += shape;
    if (component === undefined) continue;
    const where = `component ${index} (module "${component.module_id}", ESS ${component.id})`;
    for (const text of mismatches({ input, index, slice }, component, copies(component)))
      texts.push(`${where}: ${text}`);
  }
  return texts;
}

interface Said {
  readonly input: ValuedEss;
  readonly index: number;
  readonly slice: readonly number[];
}

/** An entry that is missing altogether is a length error and not reported again. */
function* mismatches(
  { input, index, slice }: Said,
  component: Component,
  copy: Component | undefined,
): Generator<string> {
  const known = copy === undefined ? [component] : [component, copy];
  const stored = (show: (copy: Component) => string): string =>
    copy === undefined ? "" : `, and ${show(copy)} in the stored aggregate`;
  const valence = input.aggregate_valence[index];
  if (valence !== undefined && !known.some((each) => close(valence, each.valence))) {
    yield `aggregate_valence is ${valence}, its valence ${component.valence}${stored((each) => String(each.valence))}`;
  }
  const exact = [
    ["aggregate_score", "score"],
    ["aggregate_context", "context"],
    ["aggregate_emb_inp", "embedding_input"],
  ] as const;
  for (const [array, field] of exact) {
    const entry = input[array][index];
    if (entry !== undefined && !known.some((each) => entry === each[field])) {
      yield `${array} is ${quote(entry)}, its ${field} ${quote(component[field])}${stored((each) => quote(each[field]))}`;
    }
  }
  const shape = input.aggregate_shape[index];
  if (shape === undefined) return;
  if (shape !== component.state.length) {
    yield `aggregate_shape is ${shape}, its state has ${component.state.length} numbers`;
  } else if (!known.some((each) => isClose(slice, each.state))) {
    const own = quoteNumbers(component.state);
    yield `the slice of state is ${quoteNumbers(slice)}, its state ${own}${stored((each) => quoteNumbers(each.state))}`;
  }
}

/** As 32-bit floats on both sides: the shortest decimal of a very small one is far from it by its own size. */
function isClose(slice: readonly number[], state: Float32Array): boolean {
  return slice.every((number, position) => close(Math.fround(number), state[position] ?? Number.NaN));
}

/** How much of a value an error repeats: characters of a text, numbers of a state. */
const quotedLength = 64;

function quote(value: string | number | null): string {
  if (typeof value !== "string" || value.length <= quotedLength) return JSON.stringify(value);
  return `${JSON.stringify(value.slice(0, quotedLength))}... of ${value.length} characters`;
}

function quoteNumbers(numbers: readonly number[] | Float32Array): string {
  const first = numbers.slice(0, quotedLength);
  const quoted = (first instanceof Float32Array ? toNumbers(first) : first).join(", ");
  return numbers.length <= quotedLength ? `[${quoted}]` : `[${quoted}, ...] of ${numbers.length} numbers`;
}
