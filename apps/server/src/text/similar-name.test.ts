import { expect, it } from "vitest";
import { similarName } from "./similar-name.js";

const known = ["module_id", "state", "status", "text", "limit", "n", "aggregate_module_id"];

it.each([
  ["moduleId", "module_id"],
  ["ModuleID", "module_id"],
  ["MODULE_ID", "module_id"],
  ["module-id", "module_id"],
  ["module id", "module_id"],
  ["moduleid", "module_id"],
  ["modul_id", "module_id"],
  ["modle_id", "module_id"],
  ["mmodule_id", "module_id"],
  ["nodule_id", "module_id"],
  ["mdoule_id", "module_id"],
  ["module_ids", "module_id"],
  ["State", "state"],
  ["stat", "state"],
  ["staet", "state"],
  ["states", "state"],
  ["statuss", "status"],
  ["N", "n"],
  ["aggregateModuleId", "aggregate_module_id"],
])("%s is close to %s", (name, similar) => {
  expect(similarName(name, known)).toBe(similar);
});

it.each([
  "",
  "m",
  "x",
  "no",
  "next_state",
  "body",
  "module",
  "id",
  "moduleidentifier",
  "st",
  "novelty",
  "__proto__",
  "s".repeat(100_000),
])("%s is close to none", (name) => {
  expect(similarName(name, known)).toBeUndefined();
});

it("takes the closest one", () => {
  expect(similarName("statu", ["state", "status"])).toBe("state");
  expect(similarName("Statu", ["state", "statu"])).toBe("statu");
});
