import type { EssContent } from "../port/rows.js";

const names = [
  "aggregate_id",
  "aggregate_module_id",
  "aggregate_shape",
  "aggregate_valence",
  "aggregate_score",
  "aggregate_context",
  "aggregate_emb_inp",
] as const;

/** The lists of an aggregate, one element a component; all of them are empty on a plain state. */
export type AggregateLists = Pick<EssContent, (typeof names)[number]>;

/** The lists as one JSON text; null where all are empty. */
export function encodeAggregate(lists: AggregateLists): string | null {
  return names.every((name) => lists[name].length === 0) ? null : JSON.stringify(lists, [...names]);
}

/** Reads what `encodeAggregate` wrote. */
export function decodeAggregate(text: string | null): AggregateLists {
  if (text !== null) return JSON.parse(text) as AggregateLists;
  return {
    aggregate_id: [],
    aggregate_module_id: [],
    aggregate_shape: [],
    aggregate_valence: [],
    aggregate_score: [],
    aggregate_context: [],
    aggregate_emb_inp: [],
  };
}

/** The direct components that both lists name; one may be named twice. */
export function componentsOf({ aggregate_id, aggregate_module_id }: AggregateLists) {
  const components: { module_id: string; id: number }[] = [];
  const count = Math.min(aggregate_module_id.length, aggregate_id.length);
  for (let index = 0; index < count; index++) {
    components.push({ module_id: aggregate_module_id[index] as string, id: aggregate_id[index] as number });
  }
  return components;
}
