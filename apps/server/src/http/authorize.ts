import { moduleFields, type Role, roles, type RoutePolicy } from "@eca/contract";
import { DomainError, type Fault } from "../errors.js";
import type { Principal } from "../principal.js";

/** The parts of a request that may name modules, as the contract has let them through. */
export interface NamingRequest {
  readonly params: unknown;
  readonly body: unknown;
}

/** Demands a role, or one that includes it. @throws DomainError `forbidden`. */
export function requireRole(principal: Principal, least: Role): void {
  if (roles.indexOf(principal.role) >= roles.indexOf(least)) return;
  const caller = principal.keyId === undefined ? "the login" : "the key";
  throw new DomainError("forbidden", `this call needs the role ${least}, ${caller} has ${principal.role}`);
}

/**
 * What can be demanded of a caller only once the request is understood: that it names no module but
 * theirs, and that it writes only where they may write. A module that the caller may not touch is
 * refused whether it exists or not.
 *
 * @throws DomainError `forbidden`.
 */
export function authorizeRequest(policy: RoutePolicy, principal: Principal | undefined, request: NamingRequest): void {
  if (principal === undefined) return;
  const { writesIf } = policy;
  if (writesIf !== undefined && writesIf.some((field) => valueOf(request.body, field) === true)) {
    requireRole(principal, "writer");
  }
  if (principal.modules !== undefined) requireModules(policy, principal.modules, request);
}

function requireModules({ modules: scope }: RoutePolicy, allowed: readonly string[], request: NamingRequest): void {
  // A list of what is visible is cut by its handler, and the others name nothing.
  if (scope === "none" || scope === "visible") return;
  const named = scope === "named" ? namedModules(request) : [];
  const foreign = named.filter(({ moduleId }) => !allowed.includes(moduleId));
  if (named.length > 0 && foreign.length === 0) return;
  if (foreign.length === 0) throw new DomainError("forbidden", "a key that is limited to modules may not call this");
  const faults = foreign.map(({ moduleId, pointer }): Fault => {
    const detail = `the key is limited to other modules than "${moduleId}"`;
    return { detail, ...(pointer !== undefined && { pointer }) };
  });
  throw new DomainError("forbidden", faults);
}

interface NamedModule {
  readonly moduleId: string;
  /** Where in the body it stands. */
  readonly pointer?: string;
}

function namedModules({ params, body }: NamingRequest): NamedModule[] {
  return moduleFields.flatMap((field) => {
    const inPath = valueOf(params, field);
    const inBody = valueOf(body, field);
    const listed = Array.isArray(inBody) ? inBody : [];
    return [
      ...(typeof inPath === "string" ? [{ moduleId: inPath }] : []),
      ...(typeof inBody === "string" ? [{ moduleId: inBody, pointer: `/${field}` }] : []),
      ...listed.map((moduleId, index) => ({ moduleId: String(moduleId), pointer: `/${field}/${index}` })),
    ];
  });
}

function valueOf(part: unknown, field: string): unknown {
  return typeof part === "object" && part !== null ? (part as Record<string, unknown>)[field] : undefined;
}
