import type { RequestHandler } from "express";
import { DomainError } from "../errors.js";

/**
 * Refuses a query that does not decode to UTF-8: read leniently, it would ask for something else than was
 * meant. Of the path, Express sees to that.
 */
export const requireEscapes: RequestHandler = ({ url }, _res, next) => {
  const start = url.indexOf("?");
  if (start < 0 || isWellFormed(url.slice(start + 1))) next();
  else next(new DomainError("invalid_request", "the query has a malformed percent-escape; write % as %25"));
};

function isWellFormed(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}
