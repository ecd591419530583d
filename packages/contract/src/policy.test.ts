import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contract, rootContract } from "./contract.js";
import { moduleFields, type RoutePolicy } from "./dsl.js";
import { type AppRoute, routesOf } from "./route.js";

const routes = [...routesOf(contract), ...routesOf(rootContract)];
const policyOf = (route: AppRoute): RoutePolicy => route.metadata as RoutePolicy;

/** The names of all that a caller may send: in the path, the query and the body. */
function namesIn(route: AppRoute): string[] {
  const parts = [route.pathParams, route.query, "body" in route ? route.body : undefined];
  return parts.flatMap((part) => (part instanceof z.ZodObject ? Object.keys(part.shape) : []));
}

const moduleNamesIn = (route: AppRoute): string[] => namesIn(route).filter((name) => /module/i.test(name));

describe.each(routes)("policy of %s", (_name, route) => {
  const policy = policyOf(route);

  it("names modules where it says so, and only by the fields that are looked at", () => {
    const named = moduleNamesIn(route);
    // The modules of a key are what it is limited to, not what the call touches.
    const looked = named.filter((name) => (moduleFields as readonly string[]).includes(name));
    expect(named.filter((name) => !looked.includes(name) && name !== "modules")).toEqual([]);
    expect(policy.modules === "named").toBe(looked.length > 0 && policy.modules !== "beyond");
  });

  it("is open to nobody unknown unless it touches no module", () => {
    expect(policy.access === "public" && policy.modules !== "none").toBe(false);
  });

  it("limits the calls of everybody but supervisors", () => {
    expect(policy.rate === "exempt" && policy.access !== "public").toBe(false);
    expect(policy.rate === "login" && !/password/.test(namesIn(route).join(" "))).toBe(false);
  });

  it("takes a writer for whatever writes", () => {
    const isRead = ["read", "search", "login", "exempt"].includes(policy.rate);
    expect(policy.rate === "write" && policy.access === "reader").toBe(false);
    expect(isRead && route.method !== "GET" && route.method !== "POST").toBe(false);
    for (const field of policy.writesIf ?? []) expect(namesIn(route)).toContain(field);
  });

  it("seals what is kept of a reply that holds a secret", () => {
    const success = Object.entries(route.responses).find(([status]) => Number(status) < 300)?.[1];
    const keys = success instanceof z.ZodObject ? Object.keys(success.shape) : [];
    const { secretReply = [] } = policy;
    expect(secretReply.length > 0).toBe(keys.some((key) => ["token", "session_id"].includes(key)));
    expect(keys).toEqual(expect.arrayContaining([...secretReply]));
  });

  it("seals what is kept of a request that holds a password", () => {
    const hasPassword = namesIn(route).some((name) => /password/.test(name));
    expect(policy.secretBody === true).toBe(hasPassword && route.method === "POST");
  });

  it("knows a session that was ended by its own call", () => {
    // It is let through by its dead token to what it was answered, and to nothing else.
    if (policy.endsSession !== true) return;
    expect([policy.credential, policy.modules, route.method]).toEqual(["session", "none", "POST"]);
    expect(policy.secretReply ?? policy.secretBody).toBeUndefined();
  });
});
