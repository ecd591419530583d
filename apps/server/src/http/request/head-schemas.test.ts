import { contract, routesOf } from "@eca/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { headersSchemaOf, querySchemaOf } from "./head-schemas.js";

const routes = [...routesOf(contract)];

describe("the schema of a route's headers", () => {
  const values = fc.option(fc.oneof(fc.constantFrom("*", '"1"', "a-key", '"a \\"key\\""', ""), fc.string()), {
    nil: undefined,
  });

  it.each(routes)("finds for %s what the contract's schema of each header finds", (_name, route) => {
    const schemas = Object.entries<z.ZodType>(route.headers ?? {});
    const { validate } = headersSchemaOf(route)["~standard"];
    const headers = fc.record(
      Object.fromEntries([...schemas.map(([name]) => name), "accept"].map((name) => [name, values])),
    );
    fc.assert(
      fc.property(headers, (sent) => {
        const single = schemas.map(([name, schema]) => [name, schema.safeParse(sent[name])] as const);
        const issues = single.flatMap(([name, { error }]) =>
          (error?.issues ?? []).map((issue) => ({ ...issue, path: [name] })),
        );
        const found = validate(sent);
        const value = "value" in found ? (found.value as Record<string, unknown> | undefined) : undefined;
        expect("issues" in found ? found.issues : []).toEqual(issues);
        for (const [name, { data }] of issues.length > 0 ? [] : single) expect(value?.[name]).toEqual(data);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the schema of a route's query", () => {
  const withQuery = routes.filter(([, { query }]) => query !== undefined);

  it.each(withQuery)(
    "finds for %s what the contract's schema finds of no parameters, each time",
    (_name, { query }) => {
      const schema = query as z.ZodType;
      const { validate } = querySchemaOf(schema)["~standard"];
      const { data, error } = schema.safeParse({});
      for (const _ of [1, 2]) {
        expect(validate({})).toEqual(error === undefined ? { value: data } : { issues: error.issues });
      }
      const limited = { limit: "x", unknown: "y" };
      expect(validate(limited)).toEqual(schema["~standard"].validate(limited));
    },
  );

  it("gives a value of no parameters that nobody can change", () => {
    const found = withQuery.map(([, { query }]) => querySchemaOf(query as z.ZodType)["~standard"].validate({}));
    const values = found.flatMap((verdict) => ("value" in verdict ? [verdict.value] : []));
    expect(values.filter((value) => !Object.isFrozen(value))).toEqual([]);
    expect(values).not.toHaveLength(0);
  });
});
