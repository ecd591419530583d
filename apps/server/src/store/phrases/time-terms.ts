import type { SearchTerm } from "../port/store.js";
import { finish } from "./replace-steps.js";
import { partOfDay, type TimePhrase, timeSteps } from "./time-phrases.js";

/** How much of a document is searched for times, in characters; its words count wherever they are. */
const timedLength = 100_000;

/**
 * The words that represent the days and times a document speaks of, to be indexed beside its own words.
 * Each is one thing that a question may ask for, `day0503` or `at1305`, so that equal times meet however
 * either side spells them. What a stored text gives is kept: raise `documentIndexRules` with every change.
 */
export function documentTimes(text: string): string {
  return finish(documentTimeSteps(text));
}

/** How many times are turned into words in one step. */
const timesPerStep = 256;

/** The same in steps of some milliseconds, between which others can have their turn. */
export function* documentTimeSteps(text: string): Generator<undefined, string, undefined> {
  const { times } = yield* timeSteps(text.slice(0, timedLength));
  const seen = new Set<string>();
  const words = new Set<string>();
  for (const [index, time] of times.entries()) {
    if (index % timesPerStep === timesPerStep - 1) yield;
    // A long text says the same times again and again.
    const name = Object.values(time).join(" ");
    if (seen.has(name)) continue;
    seen.add(name);
    for (const word of wordsOf(time)) words.add(word);
  }
  return [...words].join(" ");
}

/** By which rules `documentTimes` and the tokenizer work; an index made by others is made anew. */
export const documentIndexRules = 1;

/**
 * The same words for a time that a question asks for, with their weights: a day and a part of a day
 * weigh as much as a plain word, a time of day a little less, as a state of another hour is a better result than
 * the right hour of another twin or day. A time of day is worth less by each five minutes that it is off, and nothing
 * an hour off.
 *
 * @param now Where a year or a week is left open, its last one before this instant (UTC) is preferred.
 */
export function questionTimes(time: TimePhrase, now: Date): SearchTerm[] {
  if (time.kind === "day") return questionDay(time, now);
  if (time.kind === "month") return questionMonth(time, now);
  if (time.kind === "weekday") return questionWeekday(time, now);
  if (time.kind === "part") return [{ text: `part${time.part}`, weight: 0.9 }];
  return minutesOf(time).flatMap((minute) => {
    const hours = hourWords(minute);
    return [{ text: atWord(minute), weight: 0.1 }, ...hours.map((text) => ({ text, weight: 0.8 / hours.length }))];
  });
}

function questionDay({ year, month, day }: Kind<"day">, now: Date): SearchTerm[] {
  const isOpen = year === undefined;
  return [
    { text: dayWord(month, day), weight: isOpen ? 1 : 0.6 },
    { text: dateWord(year ?? lastYearWith(month, day, now), month, day), weight: isOpen ? 0.1 : 0.4 },
  ];
}

function questionMonth({ year, month }: Kind<"month">, now: Date): SearchTerm[] {
  const isOpen = year === undefined;
  return [
    { text: monthWord(month), weight: isOpen ? 1 : 0.6 },
    { text: yearMonthWord(year ?? lastYearWith(month, 1, now), month), weight: isOpen ? 0.1 : 0.4 },
  ];
}

function questionWeekday({ weekday, isLast }: Kind<"weekday">, now: Date): SearchTerm[] {
  const back = (now.getUTCDay() - weekday + 7) % 7 || (isLast ? 7 : 0);
  const date = new Date(now.getTime() - back * 86_400_000);
  return [
    { text: `weekday${weekday}`, weight: 0.7 },
    { text: dateWord(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()), weight: 0.3 },
  ];
}

type Kind<Name extends TimePhrase["kind"]> = TimePhrase & { readonly kind: Name };

function wordsOf(time: TimePhrase): string[] {
  if (time.kind === "day") {
    const { year, month, day } = time;
    const words = [dayWord(month, day), monthWord(month)];
    if (year === undefined) return words;
    const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
    return [...words, dateWord(year, month, day), yearMonthWord(year, month), `weekday${weekday}`];
  }
  if (time.kind === "month") {
    return [monthWord(time.month), ...(time.year === undefined ? [] : [yearMonthWord(time.year, time.month)])];
  }
  if (time.kind === "weekday") return [`weekday${time.weekday}`];
  if (time.kind === "part") return [`part${time.part}`];
  return minutesOf(time).flatMap((minute) => [
    atWord(minute),
    ...hourWords(minute),
    `part${partOfDay(Math.floor(minute / 60))}`,
  ]);
}

function minutesOf({ minute, isEitherHalf }: Kind<"time">): number[] {
  return isEitherHalf ? [minute, (minute + 720) % 1440] : [minute];
}

/** The minute itself. */
function atWord(minute: number): string {
  return `at${clock(minute)}`;
}

/**
 * The hours that the minute lies in, of those that begin every five minutes, by their beginnings. Two times share the
 * more of them the nearer they are: of twelve, one less for each five minutes between them.
 */
function hourWords(minute: number): string[] {
  const last = minute - (minute % 5);
  return Array.from({ length: 12 }, (_, index) => `hour${clock((last - index * 5 + 1440) % 1440)}`);
}

function dayWord(month: number, day: number): string {
  return `day${pad(month)}${pad(day)}`;
}

function dateWord(year: number, month: number, day: number): string {
  return `date${year}${pad(month)}${pad(day)}`;
}

function monthWord(month: number): string {
  return `month${pad(month)}`;
}

function yearMonthWord(year: number, month: number): string {
  return `month${year}${pad(month)}`;
}

function clock(minute: number): string {
  return `${pad(Math.floor(minute / 60))}${pad(minute % 60)}`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

/** The newest year in which that day has come. */
function lastYearWith(month: number, day: number, now: Date): number {
  const year = now.getUTCFullYear();
  return Date.UTC(year, month - 1, day) <= now.getTime() ? year : year - 1;
}
