import { DomainError, type Issue } from "../errors/domain-error.js";
import type { EssContent, EssRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { type AggregateBounds, toAggregate } from "./aggregate.js";

/** To put an aggregate together reads its components. @throws DomainError `forbidden`. */
export function requireComponents(
  { aggregate_module_id: names }: EssRow,
  allowed: readonly string[] | undefined,
): void {
  if (allowed === undefined) return;
  const others = new Set(names.filter((name) => !allowed.includes(name)));
  if (others.size === 0) return;
  const issues = [...others].map((name): Issue => {
    return { detail: `the key is limited to other modules than "${name}", which the aggregate is put together from` };
  });
  throw new DomainError("forbidden", issues);
}

/** A stored aggregate put together anew from its direct components; what is its own stays. @throws InvalidAggregateError. */
export async function refreshed(reader: Reader, stored: EssRow, bounds: AggregateBounds): Promise<EssContent> {
  const { module_id, score, context, embedding_input, aggregate_id, aggregate_module_id, state } = stored;
  const minimal = {
    module_id,
    score,
    context,
    embedding_input,
    aggregate_id: [...aggregate_id],
    aggregate_module_id: [...aggregate_module_id],
    state: [],
    valence: 0,
    avg_ess_valence: 0,
    avg_ess_score: 0,
    total_ess_score: 0,
    aggregate_shape: [],
    aggregate_valence: [],
    aggregate_score: [],
    aggregate_context: [],
    aggregate_emb_inp: [],
  };
  return toAggregate(reader, minimal, { moduleId: module_id, stored, shape: state.length }, bounds);
}

/**
 * Whether a row has this content already; 0 equals -0, as JSON does not distinguish them. Others have their turn between
 * the fields.
 */
export async function isSameContent(row: EssRow, content: EssContent, timeSlice: TimeSlice): Promise<boolean> {
  for (const [key, value] of Object.entries(content)) {
    if (timeSlice.isOver) await timeSlice.next();
    if (!isSame(row[key as keyof EssContent], value)) return false;
  }
  return true;
}

function isSame(a: unknown, b: unknown): boolean {
  if (!isList(a) || !isList(b)) return a === b;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) || value instanceof Float32Array;
}
