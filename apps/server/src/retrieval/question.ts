import type { SearchTerm } from "../store/port/store.js";
import { findTimes } from "../store/phrases/time-phrases.js";
import { questionTimes } from "../store/phrases/time-terms.js";

/** A question, read. */
export interface Question {
  readonly text: string;
  /** What documents are searched for: its words and its times, none twice. */
  readonly terms: readonly SearchTerm[];
  /** Its words but for those that every question has, in lower case. */
  readonly words: readonly string[];
}

/** How much of a question is read, in characters and in words: no answer gets better by more. */
const readLength = 4_000;
const maxWords = 32;

/** Words that say nothing of what is asked for. */
const stopWords = new Set(
  (
    "a about all also am an and any anything approximately are around as at be been being but by can could did do " +
    "does doing done during each exactly find for from get give got had has have having he her him his how i if in into " +
    "is it its just know let many may me might more most much must my near nearly no nor not of on once one or our " +
    "please roughly shall she should show so some such tell than that the their them then there these they this " +
    "those to too until up us utc was we were what when where whether which who whom whose why will with would you your"
  ).split(" "),
);

/**
 * Reads a question in plain words. Whatever it holds, its terms are words and times, never a query
 * language.
 *
 * @param now What "yesterday" and its like are counted from (UTC).
 */
export function readQuestion(text: string, now: Date): Question {
  const { times, rest } = findTimes(text.slice(0, readLength), now);
  const found = rest.replaceAll(/'(?:s|m|re|ve|ll|d)\b/g, " ").match(/[\p{L}\p{N}\p{M}]+(?:[.,]\p{N}+)*/gu) ?? [];
  const words = [...new Set(found)].filter((word) => !stopWords.has(word)).slice(0, maxWords);
  const weights = new Map<string, number>();
  const terms = [
    ...words.map((word) => ({ text: word, weight: 1 })),
    ...times.flatMap((time) => questionTimes(time, now)),
  ];
  // A day that is told twice asks for no more than a day.
  for (const { text, weight } of terms) weights.set(text, Math.max(weight, weights.get(text) ?? 0));
  return { text, terms: [...weights].map(([text, weight]) => ({ text, weight })), words };
}
