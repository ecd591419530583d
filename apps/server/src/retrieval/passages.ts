import type { DocumentRow } from "../store/port/rows.js";
import { documentTimes } from "../store/phrases/time-terms.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { Question } from "./question.js";

/** What an answer is made of: a document, or the part of it that fits the question best. */
export interface Passage {
  /** The document's name as one line; its id where it has none. */
  readonly source: string;
  readonly text: string;
}

/** How many documents an answer is made of at most, and how much of each, in characters. */
export const maxPassages = 5;
const passageLength = 1_000;
const sourceLength = 200;

/** How far a long document is looked through for the part that fits best. */
const searchedLength = 100_000;

/** Others have their turn while a long document is looked through. */
export async function toPassage(
  { id, doc_id, text }: DocumentRow,
  question: Question,
  timeSlice: TimeSlice,
): Promise<Passage> {
  const source = doc_id.replaceAll(/\s+/g, " ").trim().slice(0, sourceLength);
  return { source: source === "" ? `document ${id}` : source, text: await bestPart(text.trim(), question, timeSlice) };
}

/** The passages themselves as the answer: each below its document's name, best first. */
export function formatPassages(passages: readonly Passage[]): string {
  return passages.map(({ source, text }) => `[${source}]\n${text}`).join("\n\n");
}

/** The part of a long text whose words and times weigh most for the question, cut between words. */
async function bestPart(text: string, question: Question, timeSlice: TimeSlice): Promise<string> {
  if (text.length <= passageLength) return text;
  let best = { from: 0, weight: 0 };
  for (let from = 0; from < Math.min(text.length, searchedLength); from += passageLength / 2) {
    if (timeSlice.isOver) await timeSlice.next();
    const weight = weigh(text.slice(from, from + passageLength), question);
    if (weight > best.weight) best = { from, weight };
  }
  const end = best.from + passageLength;
  let part = text.slice(best.from, end);
  if (best.from > 0) part = `… ${part.replace(/^\S*\s+/u, "")}`;
  if (end < text.length) part = `${part.replace(/\s+\S*$/u, "")} …`;
  return part.trim();
}

function weigh(part: string, { terms, words }: Question): number {
  const isWord = new Set(words);
  const [folded, times] = [part.toLowerCase(), new Set(documentTimes(part).split(" "))];
  const has = (term: string): boolean => (isWord.has(term) ? folded.includes(stem(term)) : times.has(term));
  return terms.reduce((sum, { text, weight }) => sum + (has(text) ? weight : 0), 0);
}

/** Roughly: the store's search knows better, but does not tell where it found a word. */
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ing|ed)$/, "") : word;
}
