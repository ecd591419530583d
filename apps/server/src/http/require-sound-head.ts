import type { RequestHandler } from "express";
import { DomainError } from "../errors.js";

/** Refuses a request whose head means something else than its caller meant, before anything looks at it closer. */
export const requireSoundHead: RequestHandler = (req, _res, next) => {
  const { rawHeaders, httpVersion, url } = req;
  // Without a Host only HTTP/1.0 will do, with several nothing (RFC 9112, section 3.2): a proxy in front may have
  // gone by another one.
  const hosts = countHosts(rawHeaders);
  if (hosts !== 1 && !(hosts === 0 && httpVersion === "1.0")) {
    next(new DomainError("invalid_request", "the request must have one Host header"));
    return;
  }
  // Read leniently, a query that does not decode to UTF-8 would ask for something else. Of the path, Express sees to that.
  const start = url.indexOf("?");
  if (start >= 0 && !isWellFormed(url.slice(start + 1))) {
    next(new DomainError("invalid_request", "the query has a malformed percent-escape; write % as %25"));
    return;
  }
  next();
};

/** @param rawHeaders Names and values in turn. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === "host") hosts += 1;
  }
  return hosts;
}

function isWellFormed(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}
