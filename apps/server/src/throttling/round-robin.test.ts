import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RoundRobin } from "./round-robin.js";

function all<Item>(waiting: RoundRobin<Item>): Item[] {
  const items: Item[] = [];
  for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) items.push(item);
  return items;
}

describe("an item in a round robin", () => {
  it("is served in its user's turn, and each user's own in the order they came", () => {
    const waiting = new RoundRobin<string>();
    for (const item of ["a1", "a2", "a3", "b1", "a4", "c1", "b2"]) waiting.push(item.charAt(0), item);
    expect(waiting.peek()).toBe("a1");
    expect(all(waiting)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
    expect([waiting.isEmpty, waiting.peek()]).toEqual([true, undefined]);
  });

  it("is served after at most one of each other user's that came before, however many these are", () => {
    const came = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(came, (users) => {
        const waiting = new RoundRobin<{ user: string; place: number }>();
        for (const [place, user] of users.entries()) waiting.push(user, { user, place });
        const served = all(waiting);
        expect(served.map(({ place }) => place).toSorted((a, b) => a - b)).toEqual([...users.keys()]);
        for (const [at, { user, place }] of served.entries()) {
          const before = served.slice(0, at);
          const own = before.filter((other) => other.user === user);
          expect(own.every((other) => other.place < place)).toBe(true);
          for (const other of ["a", "b", "c"].filter((name) => name !== user)) {
            expect(before.filter((item) => item.user === other).length).toBeLessThanOrEqual(own.length + 1);
          }
        }
      }),
    );
  });

  it("may be taken out before its turn", () => {
    const waiting = new RoundRobin<string>();
    for (const item of ["a1", "a2", "b1"]) waiting.push(item.charAt(0), item);
    waiting.remove("b", "b1");
    waiting.remove("a", "a1");
    waiting.remove("a", "a1");
    waiting.remove("nobody", "a2");
    expect([waiting.count("a"), waiting.count("b")]).toEqual([1, 0]);
    expect(all(waiting)).toEqual(["a2"]);
  });
});
