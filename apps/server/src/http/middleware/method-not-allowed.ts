import { type AppRouter, routesOf } from "@eca/contract";
import type { RequestHandler } from "express";
import { DomainError } from "../../errors/domain-error.js";

/**
 * Rejects all other methods of a path; to be mounted behind the handlers of those that it has.
 *
 * @param allow The path's methods, as the `Allow` header lists them: `GET, HEAD`.
 */
export function methodNotAllowed(allow: string): RequestHandler {
  return (req, res, next) => {
    res.setHeader("allow", allow);
    next(new DomainError("method_not_allowed", `${req.method} is not a method of this path; it has ${allow}`));
  };
}

/** The paths of a contract, each with the methods that it has, as the `Allow` header lists them. */
export function* allowedMethods(contract: AppRouter): Generator<[path: string, allow: string]> {
  const methods = new Map<string, Set<string>>();
  for (const [, { path, method }] of routesOf(contract)) {
    const allowed = methods.get(path) ?? new Set();
    methods.set(path, allowed.add(method).add(method === "GET" ? "HEAD" : method));
  }
  for (const path of methods.keys()) {
    const allow = [...methods].filter(([other]) => matches(other, path)).flatMap(([, allowed]) => [...allowed]);
    yield [path, [...new Set(allow)].sort().join(", ")];
  }
}

/** Whether a route's path covers another one: `/ess/:module_id/:id` covers `/ess/:module_id/sequence`... */
function matches(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const segments = path.split("/");
  return (
    patterns.length === segments.length &&
    patterns.every((part, index) => part.startsWith(":") || part === segments[index])
  );
}
