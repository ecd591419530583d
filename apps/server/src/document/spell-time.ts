import type { Micros } from "../clock.js";

/**
 * Spells an instant for a sentence, to the minute and in UTC: `Wednesday, 3 May 2023 at 13:05 UTC (1:05 pm)`.
 * One spelling is enough for questions in any other: `store/phrases/time-phrases.ts` reads both sides.
 */
export function spellTime(at: Micros): string {
  const date = new Date(Math.floor(at / 1000));
  const day = `${weekday.format(date)}, ${date.getUTCDate()} ${month.format(date)} ${date.getUTCFullYear()}`;
  return `${day} at ${date.toISOString().slice(11, 16)} UTC (${clockFace(date)})`;
}

const weekday = format({ weekday: "long" });
const month = format({ month: "long" });

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
}

function clockFace(date: Date): string {
  const hour = date.getUTCHours();
  const minute = String(date.getUTCMinutes()).padStart(2, "0");
  return `${hour % 12 === 0 ? 12 : hour % 12}:${minute} ${hour < 12 ? "am" : "pm"}`;
}
