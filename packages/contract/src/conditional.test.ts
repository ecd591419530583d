import { describe, expect, it } from "vitest";
import { ifFirst, ifMatch, ifNoneMatch } from "./conditional.js";
import { contract } from "./contract.js";
import { routesOf } from "./route.js";

describe.each([ifMatch["if-match"], ifNoneMatch["if-none-match"]])("entity tags", (tags) => {
  it.each([undefined, "*", '"1"', 'W/"1"', '""', '"a,b"', '"1", W/"2"', '"1"\t ,"2"', `${'"1", '.repeat(1600)}"2"`])(
    "take %j",
    (header) => {
      expect(tags.parse(header)).toBe(header);
    },
  );

  it.each(["", "1", '"1', '1"', '"1" "2"', '"1",', ', "1"', 'w/"1"', '*, "1"', '"a b"', '"\u00e9"'])(
    "refuse %j",
    (header) => {
      expect(tags.safeParse(header).success).toBe(false);
    },
  );
});

describe("the first of its kind", () => {
  it("is asked for by a star alone", () => {
    expect(ifFirst["if-none-match"].parse("*")).toBe("*");
    expect(ifFirst["if-none-match"].safeParse('"1"').success).toBe(false);
  });
});

describe.each([...routesOf(contract)])("route %s", (_name, route) => {
  const declares = (header: string): boolean => header in (route.headers ?? {});
  const returns = (status: number): boolean => Object.hasOwn(route.responses, status);

  it("returns 304 and 412 where it takes the condition, and only there", () => {
    const reads = route.method === "GET";
    expect(returns(304)).toBe(reads && declares("if-none-match"));
    expect(returns(412)).toBe(declares("if-match") || (!reads && declares("if-none-match")));
    expect(reads && declares("if-match")).toBe(false);
  });
});
