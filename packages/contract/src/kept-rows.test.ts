import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contract } from "./contract.js";
import { type RoutePolicy, rowKinds } from "./dsl.js";
import { type AppRoute, routesOf } from "./route.js";

const routes = [...routesOf(contract)];
const rowOf = (route: AppRoute) => (route.metadata as RoutePolicy).row;

const keysOf = (schema: unknown): string[] => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);

describe("rows that calls under a key return", () => {
  it("are of every route that creates one", () => {
    const creating = routes.filter(([, route]) => route.responses[201] !== undefined);
    expect(creating.length).toBeGreaterThan(0);
    expect(creating.filter(([, route]) => rowOf(route) === undefined)).toEqual([]);
  });

  it.each(routes.filter(([, route]) => rowOf(route) !== undefined))("of %s are shown by getOne", (_name, route) => {
    const shown = contract[rowOf(route)!].getOne;
    const success = keysOf(route.responses[201] ?? route.responses[200]);
    expect(success).toEqual(expect.arrayContaining(keysOf(shown.responses[200])));
    // By these fields of the reply the row is found again.
    expect(success).toEqual(expect.arrayContaining(keysOf(shown.pathParams)));
  });

  it("are no other routes' business", () => {
    expect(routes.filter(([, route]) => route.method !== "POST" && rowOf(route) !== undefined)).toEqual([]);
    expect([...new Set(routes.flatMap(([, route]) => rowOf(route) ?? []))].toSorted()).toEqual(
      [...rowKinds].toSorted(),
    );
  });
});
