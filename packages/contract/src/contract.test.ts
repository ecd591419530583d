import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contract, rootContract } from "./contract.js";
import { moduleScopes, rateClasses, roles, type RoutePolicy } from "./dsl.js";
import { type AppRoute, isOtherResponse, routesOf } from "./route.js";

const routes = [...routesOf(contract), ...routesOf(rootContract)];
const policyOf = (route: AppRoute): RoutePolicy => route.metadata as RoutePolicy;
const segmentsOf = (route: AppRoute): string[] => route.path.split("/");
const bodyOf = (route: AppRoute): unknown => ("body" in route ? route.body : undefined);

describe.each(routes)("route %s", (name, route) => {
  it("says what it does", () => {
    expect(name).toMatch(/^[a-z]+\.[a-z]\w*$/i);
    expect(route.summary).toMatch(/^[A-Z].*[^.\s]$/);
    expect(route.description ?? "None.").toMatch(/[.:;`]$/);
  });

  it("says who may call it, what budget it draws on and what it touches", () => {
    const { access, rate, modules } = policyOf(route);
    expect(["public", ...roles]).toContain(access);
    expect(rateClasses).toContain(rate);
    expect(moduleScopes).toContain(modules);
    // What names a module in its path is closed to callers who are limited to other modules.
    expect(route.path.includes(":module_id") && !["named", "beyond"].includes(modules)).toBe(false);
  });

  it("returns one exact success: 201 or 200, and 201 to POST alone", () => {
    const success = Object.keys(route.responses).filter((status) => Number(status) < 300);
    expect([["200"], ["201"]]).toContainEqual(success);
    expect(success[0] === "201" && route.method !== "POST").toBe(false);
    expect(route.strictStatusCodes).toBe(true);
  });

  it("returns nothing else below 400, but 304 to a GET", () => {
    const others = Object.keys(route.responses).filter((status) => Number(status) >= 300 && Number(status) < 400);
    expect(others.filter((status) => status !== "304" || route.method !== "GET")).toEqual([]);
  });

  it("may return every common error, in the error's own shape", () => {
    for (const status of [400, 401, 403, 404, 408, 413, 415, 431, 500, 503, 507]) {
      const schema = (route.responses as Record<number, z.ZodType>)[status];
      expect([status, schema?.safeParse({ errors: ["text"] }).success]).toEqual([status, true]);
    }
  });

  // Of a number that is neither, nobody could say whether it is written with a point.
  it("replies with numbers that are whole, or floats by their format", () => {
    const success = Object.entries(route.responses).filter(([status]) => Number(status) < 300);
    for (const [, schema] of success) {
      if (typeof schema === "symbol" || isOtherResponse(schema)) continue;
      const described = JSON.stringify(z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }));
      expect(described.match(/"type":"number"(?!,"format":"(float|double)")[^}]*/g)).toBeNull();
    }
  });

  it("declares the parameters of its path, and no others", () => {
    const inPath = (route.path.match(/:\w+/g) ?? []).map((part) => part.slice(1));
    const declared = route.pathParams instanceof z.ZodObject ? Object.keys(route.pathParams.shape) : [];
    expect(declared.toSorted()).toEqual(inPath.toSorted());
    expect(inPath.every((parameter) => /^[a-z]+(_[a-z]+)*$/.test(parameter))).toBe(true);
  });

  it("takes a body only where one belongs", () => {
    const kind = kindOf(bodyOf(route));
    const allowed = {
      GET: ["absent"],
      DELETE: ["absent", "none"],
      PATCH: ["object"],
      POST: ["object", "none"],
      PUT: ["object", "none"],
    };
    expect(allowed[route.method]).toContain(kind);
  });
});

describe("contract", () => {
  it("has no two routes of one method and path", () => {
    const seen = routes.map(([, route]) => `${route.method} ${route.path.replaceAll(/:\w+/g, ":")}`);
    expect(seen).toEqual([...new Set(seen)]);
  });

  it("declares literal segments before the parameters that would swallow them", () => {
    const swallowed = routes.flatMap(([name, route], index) =>
      routes
        .slice(0, index)
        .filter(([, earlier]) => earlier.method === route.method && covers(earlier, route))
        .map(([earlier]) => `${earlier} swallows ${name}`),
    );
    expect(swallowed).toEqual([]);
  });

  it("lets nobody but the public ones in without a login", () => {
    const open = routes.filter(([, route]) => policyOf(route).access === "public").map(([name]) => name);
    expect(open).toEqual(["auth.login", "health.healthz", "health.readyz"]);
  });

  it("lets no reader write", () => {
    const writing = routes.filter(([, { method }]) => ["PATCH", "PUT", "DELETE"].includes(method));
    expect(writing.filter(([, route]) => policyOf(route).access === "reader")).toEqual([]);
    const draining = routes.filter(([, route]) => policyOf(route).rate === "write");
    expect(draining.filter(([, route]) => policyOf(route).access === "reader")).toEqual([]);
  });

  // A partial of a schema with defaults still fills them in, and so wipes what the caller left out.
  it("fills nothing in on PATCH: what a row needs is needed there too, or may be left out and stays", () => {
    const updates = routes.filter(([, route]) => route.method === "PATCH");
    expect(updates.length).toBeGreaterThan(0);
    for (const [name, route] of updates) {
      const parsed = (bodyOf(route) as z.ZodType).safeParse({});
      expect([name, parsed.data ?? {}]).toEqual([name, {}]);
    }
  });

  it("returns lists as bare arrays", () => {
    const lists = routes.filter(([name]) => /\.getAll/.test(name));
    expect(lists.length).toBeGreaterThan(0);
    for (const [name, route] of lists) {
      expect([name, (route.responses as Record<number, z.ZodType>)[200]]).toEqual([name, expect.any(z.ZodArray)]);
    }
  });
});

/** `absent`: not declared; `none`: declared to be none; else a schema, of an object or of something else. */
function kindOf(body: unknown): "absent" | "none" | "object" | "other" {
  if (body === undefined) return "absent";
  if (typeof body === "symbol") return "none";
  return body instanceof z.ZodObject ? "object" : "other";
}

/** Whether a router that tries `earlier` first never comes to `later`. */
function covers(earlier: AppRoute, later: AppRoute): boolean {
  const pattern = segmentsOf(earlier);
  const path = segmentsOf(later);
  return pattern.length === path.length && pattern.every((part, index) => part.startsWith(":") || part === path[index]);
}
