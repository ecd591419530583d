import type { Express, Request } from "express";

/** Tells where a call came from. */
export type AddressOf = (req: Request) => string;

/** What is remembered, and how long a header may be to be remembered. */
const most = 10_000;
const longest = 128;

/**
 * The address at the other end of the connection; behind trusted proxies the one that they say they
 * forward for, without the port that some of them add: each connection has another. A header of anybody
 * else's says nothing.
 *
 * @param trustedProxies Addresses and networks in CIDR notation.
 */
export function createAddressOf(app: Express, trustedProxies: readonly string[]): AddressOf {
  if (trustedProxies.length === 0) return (req) => req.socket.remoteAddress ?? "";
  app.set("trust proxy", [...trustedProxies]);
  // Following the header takes Express some microseconds, and the same callers come again and again.
  const known = new Map<string, string>();
  return (req) => {
    const header = req.headers["x-forwarded-for"];
    if (typeof header !== "string" || header.length > longest) return withoutPort(req.ip);
    const key = `${req.socket.remoteAddress} ${header}`;
    let address = known.get(key);
    if (address === undefined) {
      address = withoutPort(req.ip);
      if (known.size >= most) known.clear();
      known.set(key, address);
    }
    return address;
  };
}

/** @param address `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`, or whatever a proxy sends. */
function withoutPort(address = ""): string {
  return /^(?:(\d+\.\d+\.\d+\.\d+)(?::\d+)?|\[([^\]]*)\](?::\d+)?)$/.exec(address)?.slice(1).join("") ?? address;
}
