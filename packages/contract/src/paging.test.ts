import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contract } from "./contract.js";
import { routesOf } from "./route.js";
import { isPaged, listQuery, pageLimit } from "./paging.js";

describe("listQuery", () => {
  it("lets nothing through for nothing, so that a list without parameters stays whole", () => {
    expect(listQuery.parse({})).toEqual({});
  });

  it.each([
    ["1", 1],
    ["1000", 1000],
    [7, 7],
  ])("takes the limit %j", (limit, expected) => {
    expect(listQuery.parse({ limit })).toEqual({ limit: expected });
  });

  it.each(["", "0", "1001", "-1", "1.5", "1e2", " 1", "0x1", "NaN", ["1", "2"], null, {}])(
    "refuses the limit %j",
    (limit) => {
      expect(listQuery.safeParse({ limit }).success).toBe(false);
    },
  );

  it("refuses a parameter that it does not know", () => {
    expect(listQuery.safeParse({ size: "1" }).success).toBe(false);
  });

  it("allows its own default", () => {
    expect(listQuery.parse({ limit: pageLimit.fallback })).toEqual({ limit: 100 });
  });
});

describe.each([...routesOf(contract)].filter(([, { method }]) => method === "GET"))("route %s", (_name, route) => {
  it("is paged where it returns a list, and only there", () => {
    const isList = (route.responses as Record<number, unknown>)[200] instanceof z.ZodArray;
    expect(isPaged(route)).toBe(isList);
  });
});
