import type { Micros } from "../clock.js";
import type { TextOf } from "../ess/parts.js";
import { toNumbers } from "../ess/state.js";
import type { EssRow, SequenceRow } from "../store/port/rows.js";
import { spellTime } from "./spell-time.js";

/** Numbers of a state, or of a component, that are written out; no question asks for the thousandth. */
const maxNumbers = 64;

/** Components of an aggregate that are written out. */
const maxComponents = 500;

/** The length of a text of the row's own, and of a component's, in characters; longer ones are cut. */
const ownLength = 100_000;
const componentLength = 1_000;

/** Beyond so many characters of contexts and texts behind components, no further component is looked at. */
const maxCharacters = 250_000;

/** What the short codes that the SDK writes stand for; others formatRow themselves. */
const statusWords: Readonly<Record<string, string>> = { n: "new", e: "existing", sk: "skipped" };

/**
 * Tells a state in plain words: its module, its values or the texts behind them, valence, context
 * and when it was stored (UTC), so that a question in words can find it.
 */
export function formatEss(row: EssRow, textOf: TextOf): Promise<string> {
  const source = [`This is ESS ${row.id} of module ${spellModule(row.module_id)}.`];
  return formatRow(row, { at: row.created_at, predicted: false }, source, textOf);
}

/**
 * Tells an entry of a module's log: the state that it refers to, and when that occurred (UTC). Of a predicted
 * entry it says that the state was predicted and when, so that no answer takes it for what happened.
 */
export function formatSequence(entry: SequenceRow, row: EssRow, textOf: TextOf): Promise<string> {
  const { id, module_id: moduleId, status, context, created_at: at, predicted } = entry;
  const word = statusWords[status];
  const source =
    `This is sequence entry ${id} of module ${spellModule(moduleId)}, which refers to ESS ${row.id}; ` +
    `its status is ${status}${word === undefined ? "" : ` (${word})`}.`;
  const kind = predicted ? ["It was predicted, not observed."] : [];
  return formatRow(
    row,
    { at, predicted },
    [source, ...kind, ...formatContext("Context of the entry", context)],
    textOf,
  );
}

/** When a state occurred or, where it did not, when that was predicted. */
interface Moment {
  readonly at: Micros;
  readonly predicted: boolean;
}

async function formatRow(row: EssRow, moment: Moment, source: readonly string[], textOf: TextOf): Promise<string> {
  const values =
    row.aggregate_id.length > 0 ? await aggregateLines(row, moment, textOf) : [await plainLine(row, moment, textOf)];
  return [...values, `Valence: ${row.valence}.`, ...formatContext("Context", row.context), ...source].join("\n");
}

async function plainLine(row: EssRow, { at, predicted }: Moment, textOf: TextOf): Promise<string> {
  const text = await textBehind(row.module_id, row.embedding_input, textOf);
  const value = text === undefined ? formatNumbers(row.state) : cut(text, ownLength);
  const [module, time] = [spellModule(row.module_id), spellTime(at)];
  return predicted
    ? `It was predicted on ${time} that ${module} becomes ${value}.`
    : `${module} was ${value} on ${time}.`;
}

async function aggregateLines(row: EssRow, { at, predicted }: Moment, textOf: TextOf): Promise<string[]> {
  const [module, time, verb] = [spellModule(row.module_id), spellTime(at), predicted ? "becomes" : "was"];
  const head = predicted ? `It was predicted on ${time} that ${module} becomes:` : `${module} on ${time}:`;
  return [head, ...(await componentLines(row, verb, textOf))];
}

/** A line for each direct component, up to the limits. */
async function componentLines(row: EssRow, verb: string, textOf: TextOf): Promise<string[]> {
  const lines: string[] = [];
  let offset = 0;
  let characters = 0;
  for (const [index, moduleId] of row.aggregate_module_id.entries()) {
    if (lines.length === maxComponents || characters > maxCharacters) {
      return [...lines, `And ${row.aggregate_id.length - lines.length} more components.`];
    }
    const shape = row.aggregate_shape[index] ?? 0;
    const text = await textBehind(moduleId, row.aggregate_emb_inp[index] ?? null, textOf);
    const context = row.aggregate_context[index] ?? null;
    const value =
      text === undefined ? formatNumbers(row.state.subarray(offset, offset + shape)) : cut(text, componentLength);
    const words = context === null ? "" : `, context ${cut(context, componentLength)}`;
    lines.push(`${spellModule(moduleId)} ${verb} ${value}, valence ${row.aggregate_valence[index] ?? 0}${words}.`);
    offset += shape;
    characters += (text?.length ?? 0) + (context?.length ?? 0);
  }
  return lines;
}

async function textBehind(moduleId: string, input: number | null, textOf: TextOf): Promise<string | undefined> {
  return input === null ? undefined : textOf(moduleId, input);
}

function formatContext(label: string, context: string | null): string[] {
  return context === null ? [] : [`${label}: ${cut(context, ownLength)}`];
}

function formatNumbers(state: Float32Array): string {
  const numbers = toNumbers(state.subarray(0, maxNumbers)).join(", ");
  return state.length <= maxNumbers ? numbers : `${numbers} and ${state.length - maxNumbers} more numbers`;
}

/** How far before its end a text is looked through for a place between words. */
const maxWordLength = 100;

/** The beginning of a long text, cut between words where they are no longer than words are, never within a character. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - maxWordLength;
  const rest = text
    .slice(end, max)
    .replace(/\s\S*$/u, "")
    .replace(/[\uD800-\uDBFF]$/, "");
  return `${text.slice(0, end)}${rest} …`;
}

/** A module's id, and its words where the id joins them: `air_conditioner (air conditioner)`. */
function spellModule(moduleId: string): string {
  const words = moduleId
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== "")
    .join(" ");
  return words === "" || words === moduleId ? moduleId : `${moduleId} (${words})`;
}
