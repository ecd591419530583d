import type { z } from "zod";

/** What a schema says of a value, in the form of Standard Schema. */
export type Verdict = { readonly value: unknown } | { readonly issues: readonly z.core.$ZodIssue[] };

/** A schema as ts-rest takes it. */
export interface StandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Verdict;
  };
}

/** A schema of one's own. */
export function toStandardSchema(validate: (value: unknown) => Verdict): StandardSchema {
  return { "~standard": { version: 1, vendor: "eca", validate } };
}
