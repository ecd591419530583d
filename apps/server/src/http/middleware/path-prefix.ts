import type { RequestHandler } from "express";
import { canonicalAddress, createNetworkMatcher } from "../../caller/address.js";
import "../request/context.js";

/** Maximum length of a prefix that is used. */
const maxLength = 256;

/**
 * Reads the path that a trusted proxy puts the server below from `X-Forwarded-Prefix`, so that references in replies lead
 * through the proxy. The header is ignored where it comes from anybody else, or is not a plain path.
 *
 * @param trustedProxies Addresses and networks in CIDR notation.
 */
export function notePathPrefix(trustedProxies: readonly string[]): RequestHandler {
  const isTrusted = createNetworkMatcher(trustedProxies);
  return (req, _res, next) => {
    const given = req.headers["x-forwarded-prefix"];
    if (
      typeof given === "string" &&
      isPlainPath(given) &&
      isTrusted(canonicalAddress(req.socket.remoteAddress ?? ""))
    ) {
      req.pathPrefix = given.replace(/\/$/, "");
    }
    next();
  };
}

/** Whether a text is an absolute path of segments that mean the same to every reader. */
function isPlainPath(text: string): boolean {
  return text.length <= maxLength && /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+\/?$/.test(text);
}
