/** Milliseconds in each unit that Go writes durations in. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // Both signs that stand for "micro".
  "\u00B5s": 1e-3,
  "\u03BCs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00B5s|\u03BCs|ms|s|m|h)/y;

/**
 * Reads a duration as Go's `time.ParseDuration` does: decimal numbers with a unit each, `1m30s`, `1.5h`,
 * with a sign before them all; and a bare `0`.
 *
 * @returns Milliseconds, a fraction of one included; undefined where the text is no duration.
 */
export function parseGoDuration(text: string): number | undefined {
  const [sign = ""] = /^[-+]?/.exec(text) ?? [];
  if (text.slice(sign.length) === "0") return 0;
  let total = 0;
  part.lastIndex = sign.length;
  do {
    const [, number, unit] = part.exec(text) ?? [];
    if (number === undefined || unit === undefined) return undefined;
    total += Number(number) * (units[unit] ?? 0);
  } while (part.lastIndex < text.length);
  return sign === "-" ? -total : total;
}
