import fc from "fast-check";

/** As far as what is said of a value of one type makes use of it. */
export interface ValueSchema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly not?: { readonly enum: readonly unknown[] };
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Whether a text, or a whole number as it is written, is as its schema says. */
export function fits(schema: ValueSchema, text: string): boolean {
  const { minimum = -Infinity, maximum = Infinity, minLength = 0, maxLength = Infinity } = schema;
  if (schema.type === "integer") return /^-?\d+$/.test(text) && BigInt(text) >= minimum && BigInt(text) <= maximum;
  const length = Array.from(text).length;
  return (
    length >= minLength &&
    length <= maxLength &&
    (schema.pattern === undefined || new RegExp(schema.pattern, "u").test(text)) &&
    (schema.enum === undefined || schema.enum.includes(text)) &&
    (schema.const === undefined || schema.const === text) &&
    schema.not?.enum.includes(text) !== true &&
    (schema.format !== "date-time" || instants.has(text))
  );
}

const instants = new Set(["2023-08-09T19:48:19Z", `2023-08-09T19:48:19.${"1".repeat(43)}Z`]);

/** Values at the edges of what a schema takes, on both sides, and some of any kind. */
export function candidatesFor(schema: ValueSchema): string[] {
  return [...new Set([...edgesOf(schema), ...(schema.type === "integer" ? anyNumbers : anyTexts)])];
}

/** Values at the edges of what a schema takes, on both sides. */
export function edgesOf(schema: ValueSchema): string[] {
  return schema.type === "integer" ? integersFor(schema) : textsFor(schema);
}

const anyNumbers: readonly string[] = ["-1", "0", "1", "7", "1.5", "1e3", "0x1", "a", "-", "9".repeat(30)];

function integersFor({ minimum, maximum }: ValueSchema): string[] {
  const edges = [minimum, maximum].flatMap((edge) =>
    edge === undefined ? [] : [-1n, 0n, 1n].map((step) => String(BigInt(edge) + step)),
  );
  return [...edges, "1", "1.5"];
}

function textsFor({ minLength = 0, maxLength = 40, enum: values = [], not }: ValueSchema): string[] {
  const lengths = [minLength - 1, minLength, maxLength, maxLength + 1].filter((length) => length >= 0);
  const edges = lengths.flatMap((length) => ["k", "\u{1f600}"].map((unit) => unit.repeat(length)));
  // Keys may be quoted, and are bounded between their quotes.
  const quoted = [1, 255, 256].map((length) => `"${"k".repeat(length)}"`);
  return [...edges, ...quoted, `"${String.raw`\"`.repeat(255)}"`, ...[...values, ...(not?.enum ?? [])].map(String)];
}

/** The same in each run: of a kind for headers, for names, and of any characters. */
const anyTexts: readonly string[] = [
  "",
  " ",
  "*",
  '"1"',
  'W/"1"',
  '"1", W/"2-gzip"',
  '""',
  '"',
  "1",
  "a b",
  "a\tb",
  '"a b"',
  "..",
  "...",
  " ada",
  "ada ",
  "a\u0000b",
  "a\u001bb",
  "a\u2028b",
  "\u3000",
  "\u200b",
  "2023-08-09T19:48:19Z",
  "yesterday",
  "asc",
  "Zm9v_-",
  "Zm9v+/",
  `2023-08-09T19:48:19.${"1".repeat(43)}Z`,
  `2023-08-09T19:48:19.${"1".repeat(44)}Z`,
  ...fc.sample(fc.string({ unit: "binary", maxLength: 12 }), { seed: 23, numRuns: 6 }),
  ...fc.sample(fc.string({ unit: "grapheme-ascii", maxLength: 12 }), { seed: 23, numRuns: 6 }),
];
