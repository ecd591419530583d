import type { RequestHandler } from "express";
import { DomainError } from "../errors.js";

/**
 * Refuses requests of HTTP/1.1 without a `Host` header, and all with several (RFC 9112, section 3.2): a proxy
 * in front may have gone by another one.
 */
export const requireHost: RequestHandler = (req, _res, next) => {
  let hosts = 0;
  const { rawHeaders } = req;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === "host") hosts += 1;
  }
  if (hosts === 1 || (hosts === 0 && req.httpVersionMajor === 1 && req.httpVersionMinor === 0)) next();
  else next(new DomainError("invalid_request", "the request must have one Host header"));
};
