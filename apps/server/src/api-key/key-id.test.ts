import * as fc from "fast-check";
import { expect, it } from "vitest";
import { newKeyId } from "./key-id.js";

it("is a UUID of version 7, new each time", () => {
  const ids = Array.from({ length: 100 }, () => newKeyId(1_700_000_000_000_000));
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^018bcfe5-6800-7000-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it("sorts by the microsecond in which it was made", () => {
  const instant = fc.integer({ min: 0, max: 8_000_000_000_000_000 });
  fc.assert(
    fc.property(instant, fc.integer({ min: 1, max: 100_000 }), (at, later) => {
      expect(newKeyId(at) < newKeyId(at + later)).toBe(true);
    }),
  );
});
