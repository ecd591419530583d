import type { EssContent } from "../rows.js";

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
  return aggregate_module_id.flatMap((module_id, index) => {
    const id = aggregate_id[index];
    return id === undefined ? [] : [{ module_id, id }];
  });
}
