import type { Micros } from "../clock.js";
import { partsOf, type StatePart, type TextOf } from "../ess/parts.js";
import type { EssRow, SequenceRow } from "../store/rows.js";
import { spellTime } from "./spell-time.js";

/** How many numbers of a state are told; no question asks for the thousandth. */
const mostNumbers = 64;

/** What the short codes that the SDK writes stand for; others tell themselves. */
const statusWords: Readonly<Record<string, string>> = { n: "new", e: "existing", sk: "skipped" };

/**
 * Tells a state in plain words: its module, its values or the texts behind them, valence, context
 * and when it was stored (UTC), so that a question in words can find it.
 */
export function tellEss(row: EssRow, textOf: TextOf): Promise<string> {
  const source = [`This is ESS ${row.id} of module ${spellModule(row.module_id)}.`];
  return tell(row, { at: row.created_at, predicted: false }, source, textOf);
}

/**
 * Tells an entry of a module's log: the state that it refers to, and when that occurred (UTC). Of a predicted
 * entry it says that the state was predicted and when, so that no answer takes it for what happened.
 */
export function tellSequence(entry: SequenceRow, row: EssRow, textOf: TextOf): Promise<string> {
  const { id, module_id: moduleId, status, context, created_at: at, predicted } = entry;
  const word = statusWords[status];
  const source =
    `This is sequence entry ${id} of module ${spellModule(moduleId)}, which refers to ESS ${row.id}; ` +
    `its status is ${status}${word === undefined ? "" : ` (${word})`}.`;
  const kind = predicted ? ["It was predicted, not observed."] : [];
  return tell(row, { at, predicted }, [source, ...kind, ...tellContext("Context of the entry", context)], textOf);
}

/** When a state occurred or, where it did not, when that was predicted. */
interface Moment {
  readonly at: Micros;
  readonly predicted: boolean;
}

async function tell(row: EssRow, moment: Moment, source: readonly string[], textOf: TextOf): Promise<string> {
  const parts = await partsOf(row, textOf);
  const values = row.aggregate_id.length > 0 ? aggregateLines(row, moment, parts) : [plainLine(row, moment, parts)];
  return [...values, `Valence: ${row.valence}.`, ...tellContext("Context", row.context), ...source].join("\n");
}

function plainLine({ module_id: moduleId }: EssRow, { at, predicted }: Moment, parts: readonly StatePart[]): string {
  const [module, time, values] = [spellModule(moduleId), spellTime(at), parts.map(tellValue).join(", ")];
  return predicted
    ? `It was predicted on ${time} that ${module} becomes ${values}.`
    : `${module} was ${values} on ${time}.`;
}

function aggregateLines(
  { module_id: moduleId }: EssRow,
  { at, predicted }: Moment,
  parts: readonly StatePart[],
): string[] {
  const [module, time, verb] = [spellModule(moduleId), spellTime(at), predicted ? "becomes" : "was"];
  const head = predicted ? `It was predicted on ${time} that ${module} becomes:` : `${module} on ${time}:`;
  return [head, ...parts.map((part) => tellComponent(part, verb))];
}

function tellComponent(part: StatePart, verb: string): string {
  const context = part.context === null ? "" : `, context ${part.context}`;
  return `${spellModule(part.moduleId)} ${verb} ${tellValue(part)}, valence ${part.valence}${context}.`;
}

function tellContext(label: string, context: string | null): string[] {
  return context === null ? [] : [`${label}: ${context}`];
}

function tellValue({ text, numbers }: StatePart): string {
  if (text !== undefined) return text;
  const told = numbers.slice(0, mostNumbers).join(", ");
  return numbers.length <= mostNumbers ? told : `${told} and ${numbers.length - mostNumbers} more numbers`;
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
