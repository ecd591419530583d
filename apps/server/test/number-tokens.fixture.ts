/** A number of a JSON text as it is written there. */
export interface NumberToken {
  /** The keys that lead to it, without positions in lists: `ess.state`. */
  readonly path: string;
  readonly text: string;
}

const stringsAndNumbers = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** All numbers of a JSON text, in order. Only the text shows whether a number was written with a point. */
export function numberTokensOf(json: string): NumberToken[] {
  // As strings with a mark in front, that no other string of these tests begins with, numbers survive the parser.
  const marked = json.replaceAll(stringsAndNumbers, (token) => (token.startsWith('"') ? token : `"#${token}"`));
  return [...walk(JSON.parse(marked), [])];
}

function* walk(value: unknown, path: readonly string[]): Generator<NumberToken> {
  if (typeof value === "string" && value.startsWith("#")) yield { path: path.join("."), text: value.slice(1) };
  if (typeof value !== "object" || value === null) return;
  for (const [key, entry] of Object.entries(value)) yield* walk(entry, Array.isArray(value) ? path : [...path, key]);
}

/** Whether a reader that tells floats from whole numbers, as Python does, takes it for a float. */
export function isFloatText(text: string): boolean {
  return /[.eE]/.test(text);
}
