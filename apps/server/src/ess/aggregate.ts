import type { AggregateErrorBody, NewEss } from "@eca/contract";
import { InvalidAggregateError } from "../errors/domain-error.js";
import type { Size } from "../limits/limits.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { EssContent, EssRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import { close } from "./close.js";
import { type Component, copiesIn, findMismatches } from "./component-mismatches.js";
import { toState } from "./state.js";
import type { ValuedEss } from "./valence.js";

/** The arrays of an aggregate, each with one entry a component. */
const componentArrays = [
  "aggregate_id",
  "aggregate_module_id",
  "aggregate_shape",
  "aggregate_valence",
  "aggregate_score",
  "aggregate_context",
  "aggregate_emb_inp",
] as const;

/** The arrays that name the components; a minimal aggregate has these alone. */
const nameArrays = ["aggregate_id", "aggregate_module_id"] as const;

/** Where an aggregate is to be stored. */
export interface AggregatePlace {
  readonly moduleId: string;
  /** The row whose place it takes; undefined for a new one. */
  readonly stored: EssRow | undefined;
  /** The module's shape; undefined where the aggregate is the module's first row. */
  readonly shape: number | undefined;
}

/** What bounds an aggregate: of its components, which a minimal one only names, any may be at its own limits. */
export interface AggregateBounds {
  /** Numbers of a state. */
  readonly stateLength: Size;
  /** Characters of the module ids and contexts of the components together. */
  readonly textLength: Size;
  /** What long work waits for between its parts. */
  readonly timeSlice: TimeSlice;
}

export function isAggregate(input: NewEss): boolean {
  return componentArrays.some((name) => input[name].length > 0);
}

function isMinimal(input: ValuedEss): boolean {
  const given = componentArrays.filter((name) => input[name].length > 0);
  return input.state.length === 0 && given.every((name) => name === "aggregate_id" || name === "aggregate_module_id");
}

/**
 * Puts a minimal aggregate together from its components, or verifies a full one against them and, where it takes the
 * place of another aggregate, against the copies in that one: those are of the time when it was put together.
 *
 * With k components: `total_ess_score` is the sum of their scores, `avg_ess_score` that sum / k
 * truncated toward zero, `valence` the sum of their valences, `avg_ess_valence` that sum / k, and
 * the state their states joined in order. `score`, `context` and `embedding_input` stay as sent.
 *
 * @throws InvalidAggregateError with everything that is wrong, at once.
 */
export async function toAggregate(
  reader: Reader,
  input: ValuedEss,
  place: AggregatePlace,
  bounds: AggregateBounds,
): Promise<EssContent> {
  const issues: AggregateIssues = {};
  const turn = async (): Promise<void> => {
    if (bounds.timeSlice.isOver) await bounds.timeSlice.next();
  };
  const minimal = isMinimal(input);
  checkLengths(input, minimal, issues);
  const components = await findComponents(reader, input, bounds, issues);
  const found = components.filter((component) => component !== undefined);
  const complete = found.length === components.length;
  await turn();
  const content = minimal && complete ? await compose(input, found, turn) : asSent(input);
  await turn();
  if (minimal) {
    checkReach(content, issues);
  } else {
    const copies = copiesIn(place.stored);
    const mismatches = await findMismatches(input, components, { copies, timeSlice: bounds.timeSlice });
    if (mismatches.length > 0) issues.ess_mismatch = mismatches;
    await turn();
    checkSums(input, issues);
  }
  await turn();
  if (!minimal || complete) checkPlace(input, content.state, place, issues);
  if (Object.keys(issues).length > 0) throw new InvalidAggregateError(cutLists(issues));
  return content;
}

type AggregateIssues = { -readonly [Key in keyof AggregateErrorBody]: AggregateErrorBody[Key] };
type ListKey = {
  [Key in keyof AggregateIssues]-?: NonNullable<AggregateIssues[Key]> extends string[] ? Key : never;
}[keyof AggregateIssues];

function addIssue(issues: AggregateIssues, key: ListKey, text: string): void {
  (issues[key] ??= []).push(text);
}

/** How many texts of a kind the caller gets: an aggregate may be wrong in each of its components. */
const maxTexts = 1000;

function cutLists(issues: AggregateIssues): AggregateIssues {
  const entries = Object.entries(issues).map(([key, texts]) =>
    Array.isArray(texts) && texts.length > maxTexts
      ? [key, [...texts.slice(0, maxTexts), `and ${texts.length - maxTexts} more`]]
      : [key, texts],
  );
  return Object.fromEntries(entries) as AggregateIssues;
}

function checkLengths(input: ValuedEss, minimal: boolean, issues: AggregateIssues): void {
  const count = input.aggregate_id.length;
  for (const name of minimal ? nameArrays : componentArrays) {
    const length = input[name].length;
    if (length !== count)
      addIssue(issues, "field_length_errors", `${name} has ${length} entries, aggregate_id ${count}`);
  }
  if (minimal) return;
  const joined = sum(input.aggregate_shape);
  if (joined !== input.state.length) {
    const text = `aggregate_shape adds up to ${joined}, state has ${input.state.length} numbers`;
    addIssue(issues, "field_length_errors", text);
  }
}

/**
 * One entry a position, undefined where there is nothing to be found.
 *
 * @throws InvalidAggregateError at the component that makes the joined state or texts too long: to read on would take
 * all memory.
 */
async function findComponents(
  reader: Reader,
  input: ValuedEss,
  bounds: AggregateBounds,
  issues: AggregateIssues,
): Promise<(Component | undefined)[]> {
  const count = Math.max(input.aggregate_id.length, input.aggregate_module_id.length);
  const components: (Component | undefined)[] = [];
  const joined = { numbers: 0, characters: 0 };
  for (let index = 0; index < count; index++) {
    if (bounds.timeSlice.isOver) await bounds.timeSlice.next();
    const row = await findComponent(reader, index, input.aggregate_module_id[index], input.aggregate_id[index], issues);
    components.push(row && toComponent(row));
    if (row === undefined) continue;
    joined.numbers += row.state.length;
    joined.characters += row.module_id.length + (row.context?.length ?? 0);
    const tooLong = exceeded(joined, bounds);
    if (tooLong === undefined) continue;
    issues.ess_from_aggregate = tooLong;
    throw new InvalidAggregateError(cutLists(issues));
  }
  return components;
}

/** Without the lists of a component that is an aggregate itself: all components are in memory together. */
function toComponent({ module_id, id, state, valence, score, context, embedding_input }: EssRow): Component {
  return { module_id, id, state, valence, score, context, embedding_input };
}

function exceeded(
  { numbers, characters }: { readonly numbers: number; readonly characters: number },
  { stateLength, textLength }: AggregateBounds,
): string | undefined {
  if (numbers > stateLength.max) {
    return `the components join to more numbers than a state may have; the limit is ${stateLength.max} (${stateLength.setting})`;
  }
  if (characters <= textLength.max) return undefined;
  return (
    `the module ids and contexts of the components have more characters together than an aggregate may have; ` +
    `the limit is ${textLength.max} (${textLength.setting})`
  );
}

async function findComponent(
  reader: Reader,
  index: number,
  moduleId: string | undefined,
  id: number | undefined,
  issues: AggregateIssues,
): Promise<EssRow | undefined> {
  if (moduleId === undefined || id === undefined) {
    const missing = moduleId === undefined ? "aggregate_module_id" : "aggregate_id";
    addIssue(issues, "verifying_ess_exists", `component ${index} cannot be looked up: ${missing}[${index}] is missing`);
    return undefined;
  }
  const component = await reader.ess(moduleId, id);
  if (component !== undefined) return component;
  if ((await reader.module(moduleId)) === undefined) {
    addIssue(issues, "invalid_module_ids", `no module "${moduleId}"`);
    addIssue(issues, "module_id_position", `aggregate_module_id[${index}]`);
  } else {
    addIssue(issues, "invalid_ess_db_ids", `aggregate_id[${index}] is ${id}, module "${moduleId}" has no such ESS`);
  }
  return undefined;
}

async function compose(
  input: ValuedEss,
  components: readonly Component[],
  turn: () => Promise<void>,
): Promise<EssContent> {
  const count = components.length;
  const each = async <Value>(valueOf: (component: Component) => Value): Promise<Value[]> => {
    await turn();
    return components.map((component) => valueOf(component));
  };
  const valences = await each(({ valence }) => valence);
  const scores = await each(({ score }) => score);
  const valence = sum(valences);
  const totalScore = sum(scores);
  return {
    ...asSent(input),
    state: join(components),
    valence,
    avg_ess_valence: valence / count,
    total_ess_score: totalScore,
    avg_ess_score: Math.trunc(totalScore / count),
    aggregate_shape: await each(({ state }) => state.length),
    aggregate_valence: valences,
    aggregate_score: scores,
    aggregate_context: await each(({ context }) => context),
    aggregate_emb_inp: await each(({ embedding_input: input }) => input),
  };
}

function join(components: readonly Component[]): Float32Array {
  const joined = new Float32Array(sum(components.map(({ state }) => state.length)));
  let offset = 0;
  for (const { state } of components) {
    joined.set(state, offset);
    offset += state.length;
  }
  return joined;
}

/** What a caller says of a state, with its numbers as 32-bit floats. */
export function asSent({ module_id: _, ...content }: ValuedEss): EssContent {
  return { ...content, state: toState(content.state) };
}

function checkSums(input: ValuedEss, issues: AggregateIssues): void {
  const count = input.aggregate_id.length;
  if (count > 0 && input.aggregate_score.length === count) {
    const total = sum(input.aggregate_score);
    const average = Math.trunc(total / count);
    if (input.total_ess_score !== total) {
      issues.incorrect_total_ess_sore = `total_ess_score is ${input.total_ess_score}, the scores add up to ${total}`;
    }
    if (input.avg_ess_score !== average) {
      issues.incorrect_avg_ess_score = `avg_ess_score is ${input.avg_ess_score}, ${total} / ${count} truncated is ${average}`;
    }
  }
  if (count > 0 && input.aggregate_valence.length === count) {
    const total = sum(input.aggregate_valence);
    const scale = sum(input.aggregate_valence.map(Math.abs));
    if (!close(input.valence, total, scale)) {
      issues.incorrect_valence = `valence is ${input.valence}, the valences add up to ${total}`;
    }
    if (!close(input.avg_ess_valence, total / count, scale / count)) {
      issues.incorrect_avg_ess_valence = `avg_ess_valence is ${input.avg_ess_valence}, ${total} / ${count} is ${total / count}`;
    }
  }
}

/** Sums that JSON cannot represent exactly are rejected: a row that has them could not be read again. */
function checkReach({ valence, total_ess_score: total }: EssContent, issues: AggregateIssues): void {
  if (!Number.isFinite(valence)) {
    issues.incorrect_valence = `the valences add up to ${valence}, beyond the range of a 64-bit float`;
  }
  if (!Number.isSafeInteger(total)) {
    issues.incorrect_total_ess_sore = `the scores add up to ${total}, beyond ±${Number.MAX_SAFE_INTEGER}`;
  }
}

function checkPlace(input: ValuedEss, state: Float32Array, place: AggregatePlace, issues: AggregateIssues): void {
  const self = input.aggregate_id.findIndex(
    (id, index) => id === place.stored?.id && input.aggregate_module_id[index] === place.moduleId,
  );
  if (self !== -1) {
    issues.ess_from_aggregate = `component ${self} is the aggregate itself`;
  } else if (place.shape !== undefined && place.shape !== state.length) {
    issues.ess_from_aggregate = `the components join to ${state.length} numbers, module "${place.moduleId}" has shape ${place.shape}`;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
