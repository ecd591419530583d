import { finish, replaceSteps } from "./replace-steps.js";

/** A part of a day, by the hours of `partOfDay`. */
export type PartOfDay = "morning" | "afternoon" | "evening" | "night";

/** A time that a text speaks of, as far as the text says it. */
export type TimePhrase =
  /** `month` counts from 1. */
  | { readonly kind: "day"; readonly year: number | undefined; readonly month: number; readonly day: number }
  | { readonly kind: "month"; readonly year: number | undefined; readonly month: number }
  /** 0 is Sunday; `isLast` where the text says "last". */
  | { readonly kind: "weekday"; readonly weekday: number; readonly isLast: boolean }
  /** Minutes since midnight; `isEitherHalf` where it may be twelve hours later as well: "at 1". */
  | { readonly kind: "time"; readonly minute: number; readonly isEitherHalf: boolean }
  | { readonly kind: "part"; readonly part: PartOfDay };

/** The part of the day that an hour, 0 to 23, belongs to. */
export function partOfDay(hour: number): PartOfDay {
  if (hour < 5) return "night";
  if (hour < 12) return "morning";
  if (hour < 17) return "afternoon";
  return hour < 21 ? "evening" : "night";
}

/**
 * Finds the days and times that an English text speaks of: "3rd of May at around 1pm", "2023-05-03T13:05Z",
 * "half past one in the afternoon", "noon". Only what is certainly meant as a time counts: a wrong one would
 * lead questions to the wrong state. So 24 hours where neither am nor pm is said, the year only where it
 * has four digits, and no bare numbers but after "at" and its like.
 *
 * @param now What "yesterday" and its like are counted from (UTC); without it they are words like others.
 * @returns The times, and the text without them: in lower case, with single blanks.
 */
export function findTimes(text: string, now?: Date): { readonly times: TimePhrase[]; readonly rest: string } {
  return finish(timeSteps(text, now));
}

/** What a text speaks of, and the text without it. */
type FoundTimes = ReturnType<typeof findTimes>;

/** The same in steps of some milliseconds, between which others can have their turn. */
export function* timeSteps(text: string, now?: Date): Generator<undefined, FoundTimes, undefined> {
  const times: TimePhrase[] = [];
  const normal = text.normalize("NFKC").toLowerCase();
  yield;
  let rest = normal.replaceAll(/[‘’´`]/g, "'").replaceAll(/\s+/g, " ");
  for (const { pattern, read } of rules) {
    yield;
    rest = yield* replaceSteps(rest, pattern, (groups) => {
      const found = read(groups, now);
      if (found.length === 0) return undefined;
      times.push(...found);
      return " ; ";
    });
  }
  return { times, rest };
}

type Groups = Readonly<Partial<Record<GroupName, string>>>;
type GroupName =
  | ("year" | "month" | "day" | "first" | "mark" | "second" | "which" | "weekday" | "zone")
  | ("hour" | "minute" | "half" | "part" | "share" | "side" | "name" | "count" | "unit");

/** A way to say a time. What it reads as no time at all stays in the text. */
interface Rule {
  readonly pattern: RegExp;
  readonly read: (groups: Groups, now: Date | undefined) => TimePhrase[];
}

const months = words("january february march april may june july august september october november december");
const weekdays = words("sunday monday tuesday wednesday thursday friday saturday");
const hours = words("one two three four five six seven eight nine ten eleven twelve");
const units = words("first second third fourth fifth sixth seventh eighth ninth");
const ordinals = [
  ...units,
  ...words("tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"),
  "twentieth",
  ...units.map((unit) => `twenty-${unit}`),
  "thirtieth",
  "thirty-first",
];

function words(text: string): string[] {
  return text.split(" ");
}

/** In full, or its first three letters. */
const month = String.raw`(?<month>sept|${months.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join("|")})\.?`;
const day = String.raw`(?<day>\d{1,2}(?:st|nd|rd|th)?|${ordinals.toReversed().join("|")})`;
const year = String.raw`(?<year>(?:19|20|21)\d\d)`;
const hour = String.raw`(?<hour>\d{1,2}|${hours.join("|")})`;
/** "pm", or what says the same: "in the afternoon". */
const half = String.raw`(?: ?(?<half>[ap])\.?m\b\.?)`;
const part = "(?: (?:in the|at|this) (?<part>morning|afternoon|evening|night))";

/** In the order in which they are tried: the longer phrases before those that are parts of them. */
export const rules: readonly Rule[] = [
  rule(
    String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[t ](?<hour>\d\d):(?<minute>\d\d)(?::\d\d(?:\.\d+)?)?(?<zone>z|[+-]\d\d:?\d\d)?`,
    readInstant,
  ),
  rule(String.raw`(?<year>\d{4})[-/](?<month>\d{1,2})[-/](?<day>\d{1,2})`, readDay),
  rule(String.raw`(?<first>\d{1,2})(?<mark>[-/.])(?<second>\d{1,2})\k<mark>(?<year>\d{4})`, readNumericDay),
  rule(`${day}(?: day)?(?: of)?[ -]?${month}(?:[, -]{1,2}(?:of )?${year})?`, readDay),
  rule(String.raw`${month} ?(?:the )?${day}(?! ?[ap]\.?m\b)(?:,? ?${year})?`, readDay),
  rule(`${month},? (?:of )?${year}`, readMonth),
  rule(`(?<=\\b(?:in|during|of|since|until|last|this) )${month}`, readMonth),
  rule(`(?<which>last )?(?<weekday>${weekdays.join("|")})s?`, readWeekday),
  rule(
    `(?<share>quarter|half|\\d{1,2} minutes?) (?<side>past|after|to|before) ${hour}(?: ?o'? ?clock)?${half}?${part}?`,
    readShare,
  ),
  rule(String.raw`(?<hour>\d{1,2})[:h](?<minute>\d\d)(?::\d\d(?:\.\d+)?)?(?:${half}|${part})?`, readTime),
  rule(String.raw`(?<hour>\d{1,2})\.(?<minute>\d\d)${half}`, readTime),
  rule(`${hour}${half}`, readTime),
  rule(`${hour} ?o'? ?clock(?:${half}|${part})?`, readEitherTime),
  rule(String.raw`(?<hour>\d\d)(?<minute>\d\d) ?(?:hours|hrs|h)`, readTime),
  rule(`${hour}${part}`, readTime),
  rule(
    String.raw`(?<=\b(?:at|around|about|approximately|by) )(?<hour>\d{1,2})(?= ?(?:$|[?!;]|[.,](?!\d)|\b(?:on|yesterday|today)\b))`,
    readEitherTime,
  ),
  rule("(?:12 ?)?(?<name>noon|midday|midnight)", readNamedTime),
  rule("(?<name>(?:the )?day before yesterday|yesterday|today|tomorrow|tonight|last night)", readRelativeDay),
  rule(`(?<count>an?|\\d{1,6}|${hours.join("|")}) (?<unit>minute|hour|day|week)s? ago`, readAgo),
  rule("(?:right )?now|currently|at the moment", (_, now) => (now ? [dayOf(now), timeOf(now)] : [])),
  rule("(?<part>morning|afternoon|evening|night)", ({ part: name }) => [{ kind: "part", part: name as PartOfDay }]),
];

/** A phrase begins and ends where words do, and is no piece of a number such as 25.3. */
function rule(source: string, read: Rule["read"]): Rule {
  const begin = String.raw`(?<![\p{L}\p{N}_]|\p{N}[.,:/-])`;
  const end = String.raw`(?![\p{L}\p{N}_]|[.,:/-]\p{N})`;
  return { pattern: new RegExp(`${begin}(?:${source})${end}`, "gu"), read };
}

function readInstant(groups: Groups): TimePhrase[] {
  const { year: y, month: m, day: d, hour: h, minute, zone = "z" } = groups;
  const offset = zone === "z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const at = new Date(`${y}-${m}-${d}T${h}:${minute}:00${offset}`);
  return Number.isNaN(at.getTime()) || readDay(groups).length === 0 ? [] : [dayOf(at), timeOf(at)];
}

function monthNumber(name: string): number {
  return months.findIndex((month) => month.startsWith(name.slice(0, 3))) + 1;
}

function readDay({ year: y, month: m = "", day: d = "" }: Groups): TimePhrase[] {
  const numericMonth = /^\d/.test(m) ? Number(m) : monthNumber(m);
  const numericDay = /^\d/.test(d) ? Number.parseInt(d, 10) : ordinals.indexOf(d) + 1;
  return toDay(y, numericMonth, numericDay);
}

/** Dots part the day from the month that follows it; of slashes and dashes both orders are in use. */
function readNumericDay({ year: y, mark, first, second }: Groups): TimePhrase[] {
  const dayFirst = toDay(y, Number(second), Number(first));
  return mark === "." || first === second ? dayFirst : [...dayFirst, ...toDay(y, Number(first), Number(second))];
}

function toDay(yearText: string | undefined, month: number, day: number): TimePhrase[] {
  const year = yearText === undefined ? undefined : Number(yearText);
  // A leap year, where none is said.
  const date = new Date(Date.UTC(year ?? 2000, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? [{ kind: "day", year, month, day }] : [];
}

function readMonth({ year: y, month: m = "" }: Groups): TimePhrase[] {
  const year = y === undefined ? undefined : Number(y);
  return [{ kind: "month", year, month: monthNumber(m) }];
}

function readWeekday({ which, weekday = "" }: Groups): TimePhrase[] {
  return [{ kind: "weekday", weekday: weekdays.indexOf(weekday), isLast: which !== undefined }];
}

/** A time of 24 hours, unless its half of the day is said. */
function readTime(groups: Groups): TimePhrase[] {
  return toTime(groups, false);
}

/** A time that may lie in either half of the day, unless that is said. */
function readEitherTime(groups: Groups): TimePhrase[] {
  return toTime(groups, true);
}

function toTime({ hour: h = "", minute = "0", half: given, part: name }: Groups, isLoose: boolean): TimePhrase[] {
  const said = /^\d/.test(h) ? Number(h) : hours.indexOf(h) + 1;
  if (said > 24 || Number(minute) > 59) return [];
  const half = given ?? (name === undefined ? undefined : halfOf(said, name as PartOfDay));
  const isClockFace = said >= 1 && said <= 12;
  if (half === undefined || !isClockFace) {
    const isEitherHalf = isLoose && half === undefined && isClockFace;
    return [{ kind: "time", minute: (said % 24) * 60 + Number(minute), isEitherHalf }];
  }
  return [{ kind: "time", minute: ((said % 12) + (half === "p" ? 12 : 0)) * 60 + Number(minute), isEitherHalf: false }];
}

function halfOf(hour: number, part: PartOfDay): "a" | "p" {
  if (part === "morning") return "a";
  return part === "night" && (hour < 5 || hour === 12) ? "a" : "p";
}

function readShare({ share = "", side, ...groups }: Groups): TimePhrase[] {
  const shift = share === "quarter" ? 15 : share === "half" ? 30 : Number.parseInt(share, 10);
  const direction = side === "to" || side === "before" ? -1 : 1;
  return readEitherTime(groups).map((time) =>
    time.kind === "time" ? { ...time, minute: (time.minute + direction * shift + 1440) % 1440 } : time,
  );
}

function readNamedTime({ name }: Groups): TimePhrase[] {
  return [{ kind: "time", minute: name === "midnight" ? 0 : 720, isEitherHalf: false }];
}

const dayMilliseconds = 86_400_000;

function readRelativeDay({ name = "" }: Groups, now: Date | undefined): TimePhrase[] {
  if (now === undefined) return [];
  const days = name.endsWith("before yesterday") ? -2 : name === "yesterday" || name === "last night" ? -1 : 0;
  const day = dayOf(new Date(now.getTime() + (name === "tomorrow" ? 1 : days) * dayMilliseconds));
  return name.endsWith("night") ? [day, { kind: "part", part: "night" }] : [day];
}

const unitMilliseconds: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: dayMilliseconds,
  week: 7 * dayMilliseconds,
};

function readAgo({ count = "", unit = "" }: Groups, now: Date | undefined): TimePhrase[] {
  if (now === undefined) return [];
  const number = /^\d/.test(count) ? Number(count) : Math.max(hours.indexOf(count), 0) + 1;
  const at = new Date(now.getTime() - number * (unitMilliseconds[unit] ?? 0));
  return unit === "minute" || unit === "hour" ? [dayOf(at), timeOf(at)] : [dayOf(at)];
}

function dayOf(date: Date): TimePhrase {
  return { kind: "day", year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function timeOf(date: Date): TimePhrase {
  return { kind: "time", minute: date.getUTCHours() * 60 + date.getUTCMinutes(), isEitherHalf: false };
}
