import { formatTimestamp, type Micros } from "../clock.js";

/** An instant in words, in UTC. */
export interface SpelledTime {
  /** For a sentence: `Wednesday, 3 May 2023 at 13:05 UTC`. */
  readonly sentence: string;
  /** The day in the spellings that people ask in. */
  readonly day: readonly string[];
  /** The time of day in the spellings that people ask in, from the exact to the rounded. */
  readonly time: readonly string[];
}

/** Spells an instant in the ways that questions do, so that a search by words meets it. */
export function spellTime(at: Micros): SpelledTime {
  const date = new Date(Math.floor(at / 1000));
  const clockTime = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  const [day, time] = [spellDay(date), spellTimeOfDay(date)];
  return {
    sentence: `${weekdays.long.format(date)}, ${day[0]} at ${clockTime} UTC`,
    day: [...day, formatTimestamp(at).slice(0, 10)],
    time: [`${clockTime} UTC`, ...time, formatTimestamp(at)],
  };
}

const weekdays = { long: format({ weekday: "long" }), short: format({ weekday: "short" }) };
const months = { long: format({ month: "long" }), short: format({ month: "short" }) };
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const suffixes: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
}

function spellDay(date: Date): string[] {
  const day = date.getUTCDate();
  const year = date.getUTCFullYear();
  const ordinal = `${day}${suffixes[ordinals.select(day)] ?? "th"}`;
  const [month, shortMonth] = [months.long.format(date), months.short.format(date)];
  const spellings = [
    `${day} ${month} ${year}`,
    `${ordinal} of ${month}`,
    `${month} ${day}, ${year}`,
    `${month} ${ordinal}`,
    `${shortMonth} ${day}`,
    `${weekdays.long.format(date)} (${weekdays.short.format(date)})`,
  ];
  // "May" is its own abbreviation.
  return [...new Set(spellings)];
}

/** How near to a full hour, in minutes, a time is told as just before or just after it. */
const nearby = 10;

function spellTimeOfDay(date: Date): string[] {
  const minuteOfDay = date.getUTCHours() * 60 + date.getUTCMinutes();
  const hour = Math.round(minuteOfDay / 60);
  const quarters = Math.round(minuteOfDay / 15);
  const exact = twelveHours(minuteOfDay);
  const full = twelveHours(hour * 60);
  const offset = minuteOfDay - hour * 60;
  return [
    ...joined(exact),
    ...(offset === 0 ? [`exactly ${full.hour}${full.half}`] : []),
    ...(offset > 0 && offset <= nearby ? [`just after ${full.hour}${full.half}`] : []),
    ...(offset < 0 && offset >= -nearby ? [`just before ${full.hour}${full.half}`] : []),
    ...spellQuarter(quarters),
    ...joined(full).map((spelling) => `around ${spelling}`),
    `around ${full.hour}:00 ${full.half}`,
    `around ${full.hour} o'clock`,
    `around ${pad(hour % 24)}:00`,
    ...(hour % 24 === 12 ? ["around noon", "around midday"] : []),
    ...(hour % 24 === 0 ? ["around midnight"] : []),
    partOfDay(date.getUTCHours()),
  ];
}

interface TwelveHours {
  /** `1`, or `1:05` where the minutes are not 0. */
  readonly hour: string;
  readonly half: "am" | "pm";
}

function twelveHours(minuteOfDay: number): TwelveHours {
  const hour = Math.floor(minuteOfDay / 60) % 24;
  const minute = minuteOfDay % 60;
  return {
    hour: `${hour % 12 === 0 ? 12 : hour % 12}${minute === 0 ? "" : `:${pad(minute)}`}`,
    half: hour < 12 ? "am" : "pm",
  };
}

/** With and without the space that some leave out: two words to a search, or one. */
function joined({ hour, half }: TwelveHours): string[] {
  return [`${hour} ${half}`, `${hour}${half}`];
}

function spellQuarter(quarters: number): string[] {
  const before = twelveHours(Math.floor(quarters / 4) * 60).hour;
  const after = twelveHours(Math.ceil(quarters / 4) * 60).hour;
  const spellings = [
    [],
    [`around quarter past ${before}`],
    [`around half past ${before}`],
    [`around quarter to ${after}`],
  ];
  return spellings[quarters % 4] ?? [];
}

function partOfDay(hour: number): string {
  if (hour < 5) return "at night";
  if (hour < 12) return "in the morning";
  if (hour < 17) return "in the afternoon";
  return hour < 21 ? "in the evening" : "at night";
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
