import { z } from "zod";

/** An instant as it was written. */
export interface Instant {
  /** Whole seconds since 1970-01-01T00:00:00Z, as POSIX counts them: without leap seconds. */
  readonly seconds: number;
  /** The digits behind the point, as many as were given. */
  readonly fraction: string;
}

// Seconds may be left out, which RFC 3339 has not; callers were always let do so.
const form =
  /^(?<date>\d{4}-\d\d-\d\d)T(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)(?::(?<second>[0-5]\d|60)(?:\.(?<fraction>\d+))?)?(?:Z|(?<sign>[+-])(?<hours>[01]\d|2[0-3]):(?<minutes>[0-5]\d))$/i;

const secondsPerDay = 86_400;

/**
 * Reads an instant as RFC 3339 writes it (section 5.6): `t` and `z` in either case, a zone from -23:59 to +23:59. The
 * zone -00:00, whose place is unknown, is UTC. The second 60 is there at 23:59 UTC alone. Which days had a leap second is
 * not looked up: those to come are not known. Counts of seconds have none, so that all of it is the next day's beginning.
 *
 * @returns undefined for what is no instant.
 */
export function readInstant(text: string): Instant | undefined {
  const { date, hour, minute, second = "00", fraction = "", sign, hours, minutes } = form.exec(text)?.groups ?? {};
  const days = date === undefined ? undefined : daysSince1970(date);
  if (days === undefined) return undefined;
  const ahead = Number(`${sign ?? "+"}1`) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60);
  const seconds = days * secondsPerDay + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - ahead;
  if (second !== "60") return { seconds, fraction };
  return seconds % secondsPerDay === 0 ? { seconds, fraction: "" } : undefined;
}

/** @param date `2023-08-09`. @returns undefined where there is no such day. */
function daysSince1970(date: string): number | undefined {
  const milliseconds = Date.parse(`${date}T00:00:00Z`);
  // Some days that a month does not have are taken for days of the next one.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, date.length) !== date)
    return undefined;
  return milliseconds / 1000 / secondsPerDay;
}

/** An instant that a caller gives, as RFC 3339 writes it, with `Z` or an offset. */
export const instant = z
  .stringFormat("date-time", (text) => readInstant(text) !== undefined, {
    error: "must be an instant such as 2023-08-09T19:48:19Z or 2023-08-09T19:48:19.5+02:00",
  })
  .max(64, { error: "must have at most 64 characters" });
