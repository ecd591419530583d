import type { z } from "zod";

/** How many characters a text has: code points, as JSON Schema counts them, and not UTF-16 code units. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index += 1) {
    // The two code units of a pair are one character.
    if ((text.codePointAt(index) as number) > 0xffff) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}

/** A text of at least so many characters. */
export function minCharacters(schema: z.ZodString, min: number): z.ZodString {
  return schema
    .refine((value) => countCharacters(value) >= min, { error: `must have at least ${min} characters` })
    .meta({ minLength: min });
}

/** A text of at most so many characters. */
export function maxCharacters(schema: z.ZodString, max: number): z.ZodString {
  return schema
    .refine((value) => value.length <= max || countCharacters(value) <= max, {
      error: `must have at most ${max} characters`,
    })
    .meta({ maxLength: max });
}
