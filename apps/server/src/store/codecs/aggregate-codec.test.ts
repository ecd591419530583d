import * as fc from "fast-check";
import { expect, it } from "vitest";
import { anyEssContent } from "../conformance/contents.fixture.js";
import { componentsOf, decodeAggregate, encodeAggregate } from "./aggregate-codec.js";

it("any lists come back as they were", () => {
  fc.assert(
    fc.property(anyEssContent, (content) => {
      expect(content).toMatchObject(decodeAggregate(encodeAggregate(content)));
    }),
  );
});

it("a plain state takes no text, and its lists are its own", () => {
  const plain = decodeAggregate(null);
  expect(encodeAggregate(plain)).toBeNull();
  plain.aggregate_id.push(1);
  expect(decodeAggregate(null).aggregate_id).toEqual([]);
});

it("components are what both lists name", () => {
  const lists = { ...decodeAggregate(null), aggregate_id: [4, 5, 6], aggregate_module_id: ["a", "b"] };
  expect(componentsOf(lists)).toEqual([
    { module_id: "a", id: 4 },
    { module_id: "b", id: 5 },
  ]);
});
