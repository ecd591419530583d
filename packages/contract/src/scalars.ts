import { z } from "zod";
import { maxCharacters } from "./characters.js";
import { limitedBy } from "./limited.js";

/** Whether every store can hold a text and give it back unchanged: no NUL, no lone surrogate. */
export function isStorable(value: string): boolean {
  // Looking for lone surrogates takes many times as long as looking for any.
  return !value.includes("\0") && (!/[\uD800-\uDFFF]/.test(value) || !/\p{Surrogate}/u.test(value));
}

/** Text that every store can hold and give back unchanged. */
export const text = z
  .string()
  .refine(isStorable, { error: "must be well-formed Unicode without NUL characters" })
  .meta({ ...limitedBy("text_length"), pattern: String.raw`^[^\u0000]*$` });

/** The id of a user or a key, as the server gave it. */
export const accountId = maxCharacters(text.min(1, { error: "must not be empty" }), 128);

/** A name that people give and read, in one line: no control characters, no space around it. */
export const label = maxCharacters(text.min(1, { error: "must not be empty" }), 128)
  .refine((value) => /^[^\p{C}\p{Zl}\p{Zp}]*$/u.test(value), { error: "must not hold control characters" })
  .refine((value) => value === value.trim(), { error: "must not begin or end with a space" })
  .meta({ pattern: String.raw`^[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$` });

/** What clients of HTTP take out of a path before they send it, however it is encoded (RFC 3986, section 5.2.4). */
const dotSegments = [".", ".."];

/** Whether a text can be a segment of a path, once it is encoded. */
export function isAddressable(value: string): boolean {
  return value !== "" && !dotSegments.includes(value);
}

/** Metadata of a schema, shown in the OpenAPI document: what it describes names a module that the call touches. */
export const moduleKey = "x-eca-module";

/** The name of a module. Any text but the empty one, `.` and `..`; encode it in a path. */
export const moduleName = text
  .min(1, { error: "must not be empty" })
  .refine((value) => value === "" || isAddressable(value), {
    error: "must not be . or .., which no path can name; choose another name",
  })
  .meta({ ...limitedBy("module_id_length"), not: { enum: dotSegments } });

/** Names the one digital twin, or aggregate of twins, that a call touches. */
export const moduleId = moduleName.meta({
  [moduleKey]: true,
  description: "The name of the module: a digital twin, or an aggregate of twins.",
});

/** A whole number that JavaScript, JSON and SQL all hold exactly. */
export const integer = z.int();

/** What OpenAPI calls the floats of 32 and of 64 bits. */
export const floatFormats = ["float", "double"] as const;

/** A number that is rounded to a 32-bit float. Replies write it with a point or an exponent: `8.0`, `1e+21`. */
export const float32 = z.number().meta({ format: "float" });

/** A 64-bit float. Replies write it with a point or an exponent: `8.0`, `1e+21`. */
export const float64 = z.number().meta({ format: "double" });

/** Whether a schema is that of a float, which replies write with a point or an exponent. */
export function isFloat(schema: z.ZodType): boolean {
  return floatFormats.some((format) => schema.meta()?.["format"] === format);
}

/**
 * The id of a row in a path. Rows count 1, 2, 3... per module; `-1` names the latest row where the
 * route says so.
 */
export const rowId = z
  .custom<number | string>((value) => /^-?\d+$/.test(String(value)), { error: "must be an integer" })
  .transform(Number)
  .refine(Number.isSafeInteger, { error: "must lie within ±9007199254740991" })
  .meta({
    type: "integer",
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "The id of the row; `-1` is the latest where the route says so.",
  });

/** RFC 3339 in UTC with six digits of a second: `2023-08-09T19:48:19.232732Z`. */
export const timestamp = z.string().meta({ format: "date-time" });

/** Fields that the rows of many resources have. */
export const moduleOfRow = z.string().describe("The module that the row belongs to.");
export const createdAt = timestamp.describe("When it was stored: RFC 3339 in UTC, with microseconds.");
export const updatedAt = timestamp.describe("When it was last changed; `created_at` until then.");

/** A request field that may be absent or an explicit null; both mean `value`. */
export function defaulted<S extends z.ZodType, D extends z.output<S>>(schema: S, value: D) {
  return schema
    .nullish()
    .transform((given): z.output<S> => given ?? value)
    .meta({ default: value });
}

/** A request field that may be absent, which means null. */
export function nullable<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform((given): z.output<S> | null => given ?? null);
}
