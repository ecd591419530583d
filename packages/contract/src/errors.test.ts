import { describe, expect, it } from "vitest";
import { aggregateErrorBody, errorBody, errorCode } from "./errors.js";

describe("errorBody", () => {
  it("holds texts and nothing beside them", () => {
    expect(errorBody.parse({ errors: ["a", "b"], code: "x" })).toEqual({ errors: ["a", "b"] });
    for (const body of [{}, { errors: "a" }, { errors: [1] }, { errors: null }, null]) {
      expect(errorBody.safeParse(body).success).toBe(false);
    }
  });
});

describe("aggregateErrorBody", () => {
  it("has the wire's own keys, lists and texts, each of them optional", () => {
    const lists = [
      "field_length_errors",
      "invalid_module_ids",
      "module_id_position",
      "invalid_ess_db_ids",
      "verifying_ess_exists",
      "ess_mismatch",
    ];
    const texts = [
      "incorrect_avg_ess_score",
      "incorrect_avg_ess_valence",
      "incorrect_valence",
      "incorrect_total_ess_sore",
      "ess_from_aggregate",
    ];
    expect(Object.keys(aggregateErrorBody.shape)).toEqual([...lists, ...texts]);
    for (const key of lists) expect(aggregateErrorBody.parse({ [key]: ["text"] })).toEqual({ [key]: ["text"] });
    for (const key of texts) expect(aggregateErrorBody.parse({ [key]: "text" })).toEqual({ [key]: "text" });
  });

  it("is distinguished from a plain error", () => {
    expect(aggregateErrorBody.safeParse({ errors: ["text"] }).success).toBe(false);
  });
});

describe("errorCode", () => {
  it("names every error once, in words", () => {
    expect(errorCode.options).toEqual([...new Set(errorCode.options)]);
    for (const code of errorCode.options) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });
});
