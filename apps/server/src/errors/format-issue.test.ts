import { role } from "@eca/contract";
import { expect, it } from "vitest";
import { z } from "zod";
import { formatIssue } from "./format-issue.js";

const textsOf = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues.map(formatIssue);

it.each<[z.ZodType, unknown, string]>([
  [z.number(), undefined, "is missing; must be a number"],
  [z.array(z.number()), undefined, "is missing; must be an array"],
  [z.number(), null, "must be a number, not null"],
  [z.string(), 5, "must be a string, not a number"],
  [z.object({}), [], "must be an object, not an array"],
  [z.boolean(), "yes", "must be true or false, not a string"],
  [z.number(), Number.NaN, "must be a number, not NaN"],
  [z.int(), 1.5, "must be a whole number"],
  [z.int(), "1", "must be a number, not a string"],
  [role, "boss", 'must be one of "reader", "writer", "admin"'],
  [z.literal("a"), "b", 'must be "a"'],
  [z.string().min(1), "", "must have at least 1 character"],
  [z.string().max(2), "abc", "must have at most 2 characters"],
  [z.array(z.int()).max(2), [1, 2, 3], "must have at most 2 entries"],
  [z.int().min(1), 0, "must be at least 1"],
  [z.number().gt(1), 1, "must be more than 1"],
  [z.number().max(90), 91, "must be at most 90"],
  [z.number().lt(90), 90, "must be less than 90"],
])("formatIssue says what to send instead: %#", (schema, value, text) => {
  expect(textsOf(schema, value)).toEqual([text]);
});

it("formatIssue keeps the message that a schema declares itself", () => {
  const schema = z.string("must be a name").min(3, "must be longer");
  expect(textsOf(schema, undefined)).toEqual(["must be a name"]);
  expect(textsOf(schema, "ab")).toEqual(["must be longer"]);
});
