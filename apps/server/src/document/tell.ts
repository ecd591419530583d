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
  return tell(row, row.created_at, [`This is ESS ${row.id} of module ${spellModule(row.module_id)}.`], textOf);
}

/** Tells an entry of a module's log: the state that it refers to, and when that occurred (UTC). */
export function tellSequence(entry: SequenceRow, row: EssRow, textOf: TextOf): Promise<string> {
  const { id, module_id: moduleId, status, context, created_at: at } = entry;
  const word = statusWords[status];
  const source =
    `This is sequence entry ${id} of module ${spellModule(moduleId)}, which refers to ESS ${row.id}; ` +
    `its status is ${status}${word === undefined ? "" : ` (${word})`}.`;
  return tell(row, at, [source, ...tellContext("Context of the entry", context)], textOf);
}

async function tell(row: EssRow, at: Micros, source: readonly string[], textOf: TextOf): Promise<string> {
  const time = spellTime(at);
  const module = spellModule(row.module_id);
  const parts = await partsOf(row, textOf);
  const values =
    row.aggregate_id.length > 0
      ? [`${module} on ${time}:`, ...parts.map(tellComponent)]
      : [`${module} was ${parts.map(tellValue).join(", ")} on ${time}.`];
  return [...values, `Valence: ${row.valence}.`, ...tellContext("Context", row.context), ...source].join("\n");
}

function tellComponent(part: StatePart): string {
  const context = part.context === null ? "" : `, context ${part.context}`;
  return `${spellModule(part.moduleId)} was ${tellValue(part)}, valence ${part.valence}${context}.`;
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
