import type { RequestHandler } from "express";
import { DomainError } from "../../errors/domain-error.js";

/**
 * Refuses all that comes to a path by another method; to be mounted behind the handlers of those that it has.
 *
 * @param allow The path's methods, as the `Allow` header lists them: `GET, HEAD`.
 */
export function refuseMethod(allow: string): RequestHandler {
  return (req, res, next) => {
    res.setHeader("allow", allow);
    next(new DomainError("method_not_allowed", `${req.method} is not a method of this path; it has ${allow}`));
  };
}
