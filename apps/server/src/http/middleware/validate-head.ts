import { isIPv6, type Socket } from "node:net";
import type { Request, RequestHandler, Response } from "express";
import { DomainError } from "../../errors/domain-error.js";
import type { Limits } from "../../limits/limits.js";
import { requestIssue } from "../request/request-issue.js";

/**
 * Rejects a request whose head is ambiguous or malformed, before anything else reads it.
 *
 * Where two readers of the same head would understand different requests, the connection ends with the error, and
 * what was sent after it is not carried out (request smuggling).
 */
export function validateHead({ headerCount }: Pick<Limits, "headerCount">): RequestHandler {
  const ended = new WeakSet<Socket>();
  return (req, res, next) => {
    const error = ended.has(req.socket) ? afterError : ambiguityOf(req, headerCount);
    if (error !== undefined) {
      ended.add(req.socket);
      endConnection(res);
      next(error);
      return;
    }
    // Read leniently, a query that does not decode to UTF-8 would ask for something else. Of the path, Express sees to that.
    const start = req.url.indexOf("?");
    if (start >= 0 && !isWellFormed(req.url.slice(start + 1))) {
      next(new DomainError("invalid_request", "the query has a malformed percent-escape; write % as %25"));
      return;
    }
    next();
  };
}

/** Nobody reads it: the connection ends before. */
const afterError = new DomainError("invalid_request", "the request came behind one that ended the connection");

function endConnection(res: Response): void {
  res.shouldKeepAlive = false;
}

/** Headers of which Node keeps the first one and leaves out the others; a proxy in front may have gone by another. */
const singletons = ["host", "authorization", "content-type"] as const;

/** What makes a head ambiguous; undefined where nothing does. */
function ambiguityOf({ rawHeaders, headers, httpVersion }: Request, headerCount: number): DomainError | undefined {
  const count = rawHeaders.length / 2;
  if (count > headerCount) {
    return new DomainError("headers_too_large", `the request has ${count} headers; the limit is ${headerCount}`);
  }
  const repeated = repeatedSingleton(rawHeaders);
  const { host } = headers;
  // Without a Host only HTTP/1.0 will do, with several nothing (RFC 9112, section 3.2).
  if (repeated === "host" || (host === undefined && httpVersion !== "1.0")) {
    return new DomainError("invalid_request", "the request must have one Host header");
  }
  if (repeated !== undefined) {
    return new DomainError("invalid_request", [requestIssue("header", [repeated], "is sent twice; send it once")]);
  }
  if (host !== undefined && host !== latestHost && !isHost(host)) {
    const what = "must be a host name or an address, and may have a port";
    return new DomainError("invalid_request", [requestIssue("header", ["host"], what)]);
  }
  latestHost = host;
  return undefined;
}

/** The one that was found right a moment ago: nearly all requests name the same. */
let latestHost: string | undefined;

const singletonLengths: ReadonlySet<number> = new Set(singletons.map(({ length }) => length));

/** @param rawHeaders Names and values in turn. */
function repeatedSingleton(rawHeaders: readonly string[]): string | undefined {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    // Few names are as long as one of these: no other is looked at.
    if (!singletonLengths.has(name.length)) continue;
    const position = singletons.indexOf(name.toLowerCase() as (typeof singletons)[number]);
    if (position < 0) continue;
    const bit = 1 << position;
    if ((seen & bit) !== 0) return singletons[position];
    seen |= bit;
  }
  return undefined;
}

/**
 * Whether a value is `uri-host [":" port]`, which may be empty (RFC 9110, section 7.2; RFC 3986, section 3.2.2). A comma,
 * which a name may have by the letter of the latter, is taken for the separator of a list.
 */
function isHost(value: string): boolean {
  const match =
    /^(?:\[(?<literal>[\w.~!$&'()*+,;=:%-]+)\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})*)(?::(?<port>\d*))?$/i.exec(value);
  const { literal, port = "" } = match?.groups ?? {};
  const isAddress = literal === undefined || isIPv6(literal) || /^v[\da-f]+\.[^%]+$/i.test(literal);
  return match !== null && isAddress && Number(port) <= maxPort;
}

const maxPort = 65_535;

function isWellFormed(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}
