import { readInstant } from "@eca/contract";

/** Microseconds since 1970-01-01T00:00:00Z; a whole number below 2^53 until the year 2255. */
export type Micros = number;

/** Tells the time; injected wherever time matters, so that tests can set it. */
export type Clock = () => Micros;

const microsPerSecond = 1_000_000;
const secondsPerDay = 86_400;

/** 00 to 99. */
const twoDigits = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0"));

/** The day that was printed last: dates cost most of a timestamp, and rows of a day stand together. */
let printed = { day: Number.NaN, date: "" };

/** RFC 3339 in UTC with six digits of a second: `2023-08-09T19:48:19.232732Z`. */
export function formatTimestamp(at: Micros): string {
  const seconds = Math.floor(at / microsPerSecond);
  const day = Math.floor(seconds / secondsPerDay);
  if (day !== printed.day) {
    printed = { day, date: new Date(day * secondsPerDay * 1000).toISOString().slice(0, "2023-08-09".length) };
  }
  const second = seconds - day * secondsPerDay;
  const micros = at - seconds * microsPerSecond;
  const time = `${two(second / 3600)}:${two((second / 60) % 60)}:${two(second % 60)}`;
  return `${printed.date}T${time}.${two(micros / 10_000)}${two((micros / 100) % 100)}${two(micros % 100)}Z`;
}

/** @param number 0 to 99, its fraction left out. */
function two(number: number): string {
  return twoDigits[Math.floor(number)] ?? "";
}

/** The same instant as PrettyESS prints it: `2023-05-31 16:28:17.604598 UTC`. */
export function formatPrettyTimestamp(at: Micros): string {
  return `${formatTimestamp(at).slice(0, -1).replace("T", " ")} UTC`;
}

/**
 * The first microsecond at or after an instant as RFC 3339 writes it, of any precision. What lies beyond
 * the whole numbers that a double holds exactly, some 285 years either side of 1970, becomes the last of those.
 *
 * @param text As the contract's `instant` lets it through.
 * @throws RangeError for what it would not let through.
 */
export function parseInstant(text: string): Micros {
  const instant = readInstant(text);
  if (instant === undefined) throw new RangeError(`"${text}" is no instant`);
  const { seconds, fraction } = instant;
  const micros = Number(fraction.slice(0, 6).padEnd(6, "0")) + (/[1-9]/.test(fraction.slice(6)) ? 1 : 0);
  const at = seconds * microsPerSecond + micros;
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(at, Number.MAX_SAFE_INTEGER));
}
