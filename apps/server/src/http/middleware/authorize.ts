import { type AppRoute, type ModuleScope, type Role, roles, type RoutePolicy } from "@eca/contract";
import { DomainError, type Issue } from "../../errors/domain-error.js";
import type { Principal } from "../../caller/principal.js";
import { type NamedModule, namedModulesOf, type NamingRequest } from "./named-modules.js";

/** Requires a role, or one that includes it. @throws DomainError `forbidden`. */
export function requireRole(principal: Principal, minRole: Role): void {
  if (roles.indexOf(principal.role) >= roles.indexOf(minRole)) return;
  const caller = principal.keyId === undefined ? "the login" : "the key";
  throw new DomainError("forbidden", `this call needs the role ${minRole}, ${caller} has ${principal.role}`);
}

/**
 * Checks what can be checked only once the request is parsed: that it names no module but the caller's, and that the
 * caller may cause the effects of its fields. A module that the caller may not use is rejected whether it exists or not.
 *
 * @throws DomainError `forbidden`.
 */
export type Authorize = (principal: Principal | undefined, request: NamingRequest) => void;

export function createAuthorize(route: AppRoute, { modules: scope, effects = {} }: RoutePolicy): Authorize {
  const namedModules = namedModulesOf(route);
  const declared = Object.entries(effects);
  return (principal, request) => {
    if (principal === undefined) return;
    const caused = declared.filter(([field]) => valueOf(request.body, field) === true);
    for (const [, { access }] of caused) requireRole(principal, access);
    if (principal.modules === undefined) return;
    requireScope(scope, principal.modules, namedModules(request));
    for (const [field, effect] of caused) requireEffectScope(field, effect.modules);
  };
}

/**
 * Requires that a call with such a scope is open to a key that is limited to modules, and that the modules it names
 * are the key's. @throws DomainError `forbidden`.
 */
function requireScope(scope: ModuleScope, allowed: readonly string[], named: readonly NamedModule[]): void {
  // A list of what is visible is cut by its handler, and the others name nothing.
  if (scope === "none" || scope === "visible") return;
  if (scope === "beyond" || named.length === 0) {
    throw new DomainError("forbidden", "a key that is limited to modules may not call this");
  }
  requireModules(allowed, named);
}

/** Requires that the caller may use these modules. @throws DomainError `forbidden`. */
export function requireModules(allowed: Principal["modules"], named: readonly NamedModule[]): void {
  const issues = named
    .filter(({ moduleId }) => allowed?.includes(moduleId) === false)
    .map(({ moduleId, pointer }): Issue => {
      const detail = `the key is limited to other modules than "${moduleId}"`;
      return { detail, ...(pointer !== undefined && { pointer }) };
    });
  if (issues.length > 0) throw new DomainError("forbidden", issues);
}

/** Beyond the modules that are named, which are the caller's, a limited key writes nothing. @throws DomainError `forbidden`. */
function requireEffectScope(field: string, scope: ModuleScope): void {
  if (scope !== "beyond") return;
  const detail = `${field}: writes what belongs to no module, which a key that is limited to modules may not; leave it out`;
  throw new DomainError("forbidden", [{ detail, pointer: `/${field}` }]);
}

function valueOf(part: unknown, field: string): unknown {
  return typeof part === "object" && part !== null ? (part as Record<string, unknown>)[field] : undefined;
}
