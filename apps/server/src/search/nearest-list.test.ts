import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NearestList } from "./nearest-list.js";

test("keeps the best by score, then by id, whatever the order of offers", () => {
  const offer = fc.record({ id: fc.nat(1000), score: fc.constantFrom(0, 1, 1.5, 2, 3, 1e30, Infinity) });
  fc.assert(
    fc.property(
      fc.uniqueArray(offer, { selector: ({ id }) => id, maxLength: 60 }),
      fc.integer({ min: 1, max: 70 }),
      (offers, limit) => {
        const list = new NearestList(limit);
        for (const { id, score } of offers) list.offer(id, score);
        const sorted = offers.toSorted((a, b) => (a.score === b.score ? a.id - b.id : a.score - b.score));
        expect(list.toArray()).toEqual(sorted.slice(0, limit));
        expect(list.worstScore).toBe(offers.length < limit ? Infinity : sorted[limit - 1]!.score);
      },
    ),
  );
});

test("is settled once it is full of identical states", () => {
  const list = new NearestList(2);
  list.offer(1, 0);
  expect(list.isSettled).toBe(false);
  list.offer(2, 5);
  expect(list.isSettled).toBe(false);
  list.offer(3, 0);
  expect(list.isSettled).toBe(true);
});
