import { type AppRoute, type Role, type RoutePolicy, roles } from "@eca/contract";
import type { RequestHandler } from "express";
import type { AuthService } from "../auth/service.js";
import { DomainError } from "../errors.js";
import "./context.js";

/** Demands of each caller what the route's policy says, before anything of the body is read. */
export function authenticate(auth: Pick<AuthService, "authenticate">): RequestHandler {
  return (req, _res, next) => {
    const { access } = policyOf(req.tsRestRoute);
    if (access === "public") {
      next();
      return;
    }
    auth
      .authenticate(bearerToken(req.headers.authorization))
      .then((principal) => {
        requireRole(principal.role, access);
        req.principal = principal;
        next();
      })
      .catch(next);
  };
}

/** The policy in a route's metadata. A route without one is closed to all but administrators. */
export function policyOf(route: AppRoute | undefined): RoutePolicy {
  const metadata = route?.metadata as RoutePolicy | undefined;
  return metadata ?? { access: "admin", rate: "write" };
}

function requireRole(role: Role, least: Role): void {
  if (roles.indexOf(role) >= roles.indexOf(least)) return;
  throw new DomainError("forbidden", `this call needs the role ${least}, the login has ${role}`);
}

function bearerToken(header: string | undefined): string {
  const token = header === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (token !== undefined) return token;
  throw new DomainError("unauthenticated", "send the header Authorization: Bearer <session_id>, from POST /login");
}
