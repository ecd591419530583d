import type { z } from "zod";
import { withArticle } from "../text/with-article.js";

/** The text of an issue that a schema finds: what to send instead. A message that the schema declares itself stays as it is. */
export function formatIssue(issue: z.core.$ZodIssue): string {
  if (!/^(?:Invalid|Too (?:small|big))\b/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return formatType(issue.expected, issue.message);
    case "invalid_value": {
      const values = issue.values.map((value) => JSON.stringify(value));
      return values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(", ")}`;
    }
    case "too_small":
      return formatBound(issue, issue.minimum, issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return formatBound(issue, issue.maximum, issue.inclusive === false ? "less than" : "at most");
    default:
      return issue.message;
  }
}

function formatType(expected: string, message: string): string {
  const must = `must be ${inWords(expected)}`;
  // The issue itself does not say what was received.
  const received = /, received (\w+)$/.exec(message)?.[1] ?? expected;
  if (received === "undefined") return `is missing; ${must}`;
  return expected === "int" ? must : `${must}, not ${inWords(received)}`;
}

function inWords(type: string): string {
  const words: Readonly<Record<string, string>> = { int: "a whole number", boolean: "true or false" };
  if (type === "null" || /^[A-Z]/.test(type)) return type;
  return words[type] ?? withArticle(type);
}

const units: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
};

function formatBound(
  { origin, message }: { origin: string; message: string },
  bound: unknown,
  relation: string,
): string {
  if (origin === "number" || origin === "int") return `must be ${relation} ${String(bound)}`;
  const unit = units[origin];
  return unit === undefined ? message : `must have ${relation} ${String(bound)} ${unit[bound === 1 ? 0 : 1]}`;
}
