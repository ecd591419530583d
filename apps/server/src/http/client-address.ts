import type { Express, Request } from "express";

/** Tells where a call came from. */
export type AddressOf = (req: Request) => string;

/**
 * The address at the other end of the connection; behind trusted proxies the one that they say they
 * forward for. A header of anybody else's says nothing.
 *
 * @param trustedProxies Addresses and networks in CIDR notation.
 */
export function createAddressOf(app: Express, trustedProxies: readonly string[]): AddressOf {
  if (trustedProxies.length === 0) return (req) => req.socket.remoteAddress ?? "";
  app.set("trust proxy", [...trustedProxies]);
  return (req) => req.ip ?? "";
}
