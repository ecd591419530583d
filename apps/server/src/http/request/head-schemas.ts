import type { AppRoute } from "@eca/contract";
import type { z } from "zod";
import { type StandardSchema, toStandardSchema, type Verdict } from "./standard-schema.js";

/**
 * One schema for the headers of a route: given one for each, ts-rest copies all headers of each request twice. Without
 * any of them there is no value.
 */
export function headersSchemaOf(route: AppRoute): StandardSchema {
  const schemas = Object.entries<z.ZodType>(route.headers ?? {});
  const required = new Set(schemas.flatMap(([name, schema]) => (schema.safeParse(undefined).success ? [] : [name])));
  return toStandardSchema((headers) => {
    let value: Record<string, unknown> | undefined;
    const issues: z.core.$ZodIssue[] = [];
    for (const [name, schema] of schemas) {
      const sent = (headers as Readonly<Record<string, unknown>>)[name];
      if (sent === undefined && !required.has(name)) continue;
      const { data, error } = schema.safeParse(sent);
      if (error === undefined) value = { ...value, [name]: data };
      else for (const issue of error.issues) issues.push({ ...issue, path: [name] });
    }
    return issues.length > 0 ? { issues } : { value };
  });
}

/** A schema of a query that validates an empty one, which most are, but once. */
export function querySchemaOf(schema: z.ZodType): StandardSchema {
  const whole = (query: unknown) => schema["~standard"].validate(query) as Verdict;
  const empty = whole({});
  if ("value" in empty) Object.freeze(empty.value);
  return toStandardSchema((query) => (Object.keys(query as object).length === 0 ? empty : whole(query)));
}
