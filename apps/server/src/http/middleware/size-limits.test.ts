import { type AppRouter, contract, limitedBy, rootContract } from "@eca/contract";
import type { Request, Response } from "express";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readConfig } from "../../config/config.js";
import { DomainError } from "../../errors/domain-error.js";
import { toLimits } from "../../limits/limits.js";
import { createTimeSlice } from "../../event-loop/time-slice.js";
import { checkSizes } from "./size-limits.js";

const { sizes } = toLimits(
  readConfig({ ECA_MAX_TEXT_LENGTH: "5", ECA_MAX_STATE_LENGTH: "3", ECA_MAX_MODULE_ID_LENGTH: "4" }),
);

function routerOf(body: z.ZodType, pathParams?: z.ZodType): AppRouter {
  return { test: { method: "POST", path: "/test", body, pathParams, responses: {} } } as AppRouter;
}

/** What a request is refused for; nothing where it is not. */
function issuesOf(router: AppRouter, request: { body?: unknown; params?: unknown }, within = sizes): string[] {
  let error: unknown;
  const req = { params: {}, query: {}, ...request, tsRestRoute: router["test"] } as unknown as Request;
  checkSizes(within, createTimeSlice(), router)(req, {} as Response, (thrown: unknown) => (error = thrown));
  return error instanceof DomainError ? error.issues.map((issue) => issue.detail) : [];
}

function longList<T>(entry: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(entry, { minLength: 150, maxLength: 200 });
}

const text = z.string().meta(limitedBy("text_length"));

describe("checkSizes", () => {
  it("takes every route of the contract", () => {
    expect(() => checkSizes(sizes, createTimeSlice(), contract, rootContract)).not.toThrow();
  });

  it.each([
    ["a text", z.object({ a: z.string() }), "test body.a"],
    ["a list", z.object({ a: z.array(z.number()) }), "test body.a"],
    ["a text in a list", z.object({ a: z.array(z.string()).max(3) }), "test body.a[]"],
    ["a text among others", z.object({ a: z.union([text, z.string().min(1)]) }), "test body.a"],
    ["anything", z.object({ a: z.unknown() }), "test body.a"],
  ])("refuses to be made where nothing bounds %s", (_name, body, where) => {
    expect(() => checkSizes(sizes, createTimeSlice(), routerOf(body))).toThrow(where);
  });

  it("bounds texts and lists by the limits and by the schemas' own maxima, and names both", () => {
    const router = routerOf(
      z.object({
        text: text.nullish().transform((value) => value ?? ""),
        short: text.max(2),
        long: text.max(9),
        fixed: z.string().max(1),
        list: z.array(text).meta(limitedBy("state_length")),
        role: z.enum(["reader"]),
        count: z.int().nullable(),
      }),
      z.object({ module_id: text.meta(limitedBy("module_id_length")) }),
    );
    const fits = { text: "12345", short: "12", long: "12345", fixed: "1", list: ["1", "2", "12345"], count: 1e9 };
    expect(issuesOf(router, { params: { module_id: "1234" }, body: fits })).toEqual([]);
    const large = { text: "123456", short: "123", long: "123456", fixed: "12", list: ["1", "123456"] };
    expect(issuesOf(router, { params: { module_id: "12345" }, body: large })).toEqual([
      "path parameter module_id: has 5 characters; the limit is 4 (ECA_MAX_MODULE_ID_LENGTH)",
      "text: has 6 characters; the limit is 5 (ECA_MAX_TEXT_LENGTH)",
      "short: has 3 characters; the limit is 2",
      "long: has 6 characters; the limit is 5 (ECA_MAX_TEXT_LENGTH)",
      "fixed: has 2 characters; the limit is 1",
      "list[1]: has 6 characters; the limit is 5 (ECA_MAX_TEXT_LENGTH)",
    ]);
    expect(issuesOf(router, { body: { list: ["1", "2", "3", "123456"] } })).toEqual([
      "list: has 4 entries; the limit is 3 (ECA_MAX_STATE_LENGTH)",
    ]);
  });

  it("passes long lists of whatever their schemas take", () => {
    const wide = { ...sizes, state_length: { max: 1000, setting: "" }, text_length: { max: 1000, setting: "" } };
    const entry = (schema: z.ZodType) => z.array(schema).meta(limitedBy("state_length"));
    const body = z.object({
      a: entry(z.number()),
      b: entry(z.int().nullable()),
      c: entry(text.nullable()),
      d: entry(z.boolean()),
    });
    const lists = fc.record({
      a: longList(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())),
      b: longList(fc.option(fc.maxSafeInteger())),
      c: longList(fc.option(fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0")))),
      d: longList(fc.boolean()),
    });
    fc.assert(
      fc.property(lists, (value) => {
        expect(body.safeParse(value).success).toBe(true);
        expect(issuesOf(routerOf(body), { body: value }, wide)).toEqual([]);
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it("looks at long lists in steps, and reports in the order of the fields all the same", async () => {
    const wide = { ...sizes, state_length: { max: 10_000, setting: "" } };
    const entry = (schema: z.ZodType) => z.array(schema).meta(limitedBy("state_length"));
    const router = routerOf(z.object({ a: text, b: entry(text), c: text, d: entry(z.number()), e: text }));
    const many = (value: unknown, last: unknown) => [...Array.from({ length: 5000 }, () => value), last];
    const body = { a: "123456", b: many("1", "123456"), c: "123456", d: many("1", 1), e: "123456" };
    const req = { params: {}, query: {}, body, tsRestRoute: router["test"] } as unknown as Request;
    const error = await new Promise<unknown>((resolve) =>
      checkSizes(wide, createTimeSlice(), router)(req, {} as Response, resolve),
    );
    expect(error instanceof DomainError && error.issues.map(({ detail }) => detail)).toEqual([
      "a: has 6 characters; the limit is 5 (ECA_MAX_TEXT_LENGTH)",
      "b[5000]: has 6 characters; the limit is 5 (ECA_MAX_TEXT_LENGTH)",
      "c: has 6 characters; the limit is 5 (ECA_MAX_TEXT_LENGTH)",
      "d: 5000 of 5001 entries are of a wrong type",
      "e: has 6 characters; the limit is 5 (ECA_MAX_TEXT_LENGTH)",
    ]);
  });

  it("leaves wrong types to the schemas", () => {
    const router = routerOf(z.object({ a: text, b: z.array(text).max(2), c: z.object({ d: text }) }));
    for (const body of [undefined, null, 1, "x".repeat(99), [], {}, { a: 1, b: "x".repeat(99), c: null }]) {
      expect(issuesOf(router, { body })).toEqual([]);
    }
  });
});
