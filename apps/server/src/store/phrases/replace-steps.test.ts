import fc from "fast-check";
import { expect, it } from "vitest";
import { finish, replaceSteps } from "./replace-steps.js";
import { rules } from "./time-phrases.js";

/** The same with all of the text at once. */
function replacedAtOnce(text: string, pattern: RegExp, replace: (at: number) => string | undefined): string {
  let count = 0;
  return text.replaceAll(pattern, (matched) => replace(count++) ?? matched);
}

/** What phrases of time are made of, and what may be around them. */
const piece = fc.oneof(
  fc.constantFrom(
    "2026-11-30 12:00",
    "2026-11-30t12:00:00.123456z",
    "3rd of may",
    "may 3, 2026",
    "31.12.2026",
    "1/2/2026",
  ),
  fc.constantFrom(
    "half past three o'clock in the afternoon",
    "12:30 pm",
    "at 5",
    "noon",
    "last monday",
    "5 minutes ago",
  ),
  fc.constantFrom(
    "in may",
    "of 2026",
    "1300 hours",
    "seven at night",
    "a",
    " on ",
    ".",
    ",",
    " ",
    "; ",
    "9",
    "x".repeat(50),
  ),
  fc.constantFrom("\u{1f600}", "\u4e16", "\u{1f600}".repeat(2000), " ".repeat(4000), "2026-11-30 12:00 ".repeat(240)),
  fc.constant("12:00:00.".padEnd(5000, "1")),
);
const text = fc
  .array(fc.tuple(piece, fc.constantFrom("", " ", " ", ", ")), { maxLength: 300, size: "max" })
  .map((pieces) => pieces.flat().join(""));

it("replaces in steps what it replaces at once, wherever the steps end", () => {
  fc.assert(
    fc.property(
      text,
      fc.nat(4200),
      fc.constantFrom(...rules.map(({ pattern }) => pattern)),
      (words, offset, pattern) => {
        const shifted = "\u00e9".repeat(offset) + words;
        const replace = (count: number) => (count % 3 === 2 ? undefined : "<>");
        let count = 0;
        const inSteps = finish(replaceSteps(shifted, pattern, () => replace(count++)));
        expect(inSteps).toBe(replacedAtOnce(shifted, pattern, replace));
      },
    ),
    { numRuns: 300 },
  );
});
