import type { AppRoute, RoutePolicy } from "@eca/contract";
import type { Request, RequestHandler } from "express";
import type { AuthService } from "../../auth/service.js";
import { DomainError } from "../../errors/domain-error.js";
import type { Principal } from "../../caller/principal.js";
import { requireRole } from "./authorize.js";
import type { AddressOf } from "./client-address.js";
import "../request/context.js";
import type { RequestLimits } from "./request-limits.js";

export interface AuthenticateOptions {
  readonly auth: Pick<AuthService, "authenticate" | "cached">;
  readonly limits: RequestLimits;
  readonly addressOf: AddressOf;
}

/** Requires of each caller what the route's policy says, before anything of the body is read. */
export function authenticate({ auth, limits, addressOf }: AuthenticateOptions): RequestHandler {
  return (req, _res, next) => {
    const policy = policyOf(req.tsRestRoute);
    const { access, rate } = policy;
    const address = addressOf(req);
    req.address = address;
    limits.admitAddress(address, rate);
    if (access === "public") {
      next();
      return;
    }
    const admit = (principal: Principal): void => {
      limits.admitCaller(principal, address, rate);
      req.principal = principal;
      requireRole(principal, access);
      if (policy.credential === "session" && principal.keyId !== undefined) {
        throw new DomainError("forbidden", "this call is about a login's session; a key has none");
      }
      next();
    };
    const token = bearerToken(req.headers.authorization);
    const known = auth.cached(token);
    if (known === undefined) auth.authenticate(token).then(admit).catch(next);
    else admit(known);
  };
}

/** Rechecks the credential of a request. @throws DomainError `unauthenticated`, `forbidden` once the request may not be made any more. */
export type RecheckCredential = (req: Request) => Promise<void>;

/** Called by long replies as they go on: a caller whose credential is revoked meanwhile receives no more of them. */
export function createRecheckCredential(auth: AuthenticateOptions["auth"]): RecheckCredential {
  return async ({ headers, tsRestRoute }) => {
    const { access } = policyOf(tsRestRoute);
    if (access === "public") return;
    const token = bearerToken(headers.authorization);
    requireRole(auth.cached(token) ?? (await auth.authenticate(token)), access);
  };
}

/** The policy in a route's metadata. A route without one is closed to all but administrators. */
export function policyOf(route: AppRoute | undefined): RoutePolicy {
  const metadata = route?.metadata as RoutePolicy | undefined;
  return metadata ?? { access: "admin", rate: "write", modules: "beyond" };
}

/** The token of an `Authorization` header. @throws DomainError `unauthenticated`. */
export function bearerToken(header: string | undefined): string {
  const token = header === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (token !== undefined) return token;
  const detail = "send the header Authorization: Bearer <session_id>, from POST /login, or with the token of a key";
  throw new DomainError("unauthenticated", detail);
}
