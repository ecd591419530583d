import type { IncomingMessage } from "node:http";
import { canonicalAddress, createNetworkMatcher } from "../../caller/address.js";

/** Returns where a call came from, as `canonicalAddress` writes it. */
export type AddressOf = (req: IncomingMessage) => string;

/** How many results are cached, and how long a header may be to be cached. */
const maxKnown = 10_000;
const maxKeyLength = 192;

/**
 * The address at the other end of the connection; behind trusted proxies the one that they say they forward for: from the
 * end of `X-Forwarded-For` on, the first that is no proxy's. A header of anybody else's says nothing.
 *
 * @param trustedProxies Addresses and networks in CIDR notation.
 */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const isTrusted = createNetworkMatcher(trustedProxies);
  const trustsNobody = trustedProxies.length === 0;
  // Reading addresses takes some microseconds, and the same callers come again and again.
  const known = new Map<string, string>();
  const findAddress = (remote: string, header: string): string => {
    let address = canonicalAddress(remote);
    // Empty entries of a list count for nothing (RFC 9110, section 5.6.1).
    const entries = header.split(",").filter((entry) => entry.trim() !== "");
    for (const forwarded of entries.toReversed()) {
      if (!isTrusted(address)) break;
      address = canonicalAddress(forwarded);
    }
    return address;
  };
  return ({ socket: { remoteAddress = "" }, headers }) => {
    const given = trustsNobody ? undefined : headers["x-forwarded-for"];
    const header = typeof given === "string" ? given : "";
    if (header === "" && !remoteAddress.includes(":")) return remoteAddress;
    const key = `${remoteAddress} ${header}`;
    if (key.length > maxKeyLength) return findAddress(remoteAddress, header);
    let address = known.get(key);
    if (address === undefined) {
      address = findAddress(remoteAddress, header);
      if (known.size >= maxKnown) known.clear();
      known.set(key, address);
    }
    return address;
  };
}
