/**
 * A float as JSON, with a point or an exponent: `8.0`, `-0.5`, `1e+21`. Readers that tell floats from whole
 * numbers, as Python does, then take it for a float whatever its value. Otherwise as `JSON.stringify` has it:
 * the shortest decimal that reads as the same double, 0 for -0, null for what is not finite.
 */
export function floatText(number: number): string {
  if (Number.isInteger(number)) {
    // From 10^21 on JavaScript writes an exponent.
    return Math.abs(number) < 1e21 ? `${number}.0` : String(number);
  }
  return Number.isFinite(number) ? String(number) : "null";
}
