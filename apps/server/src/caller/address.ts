import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.parse>;

/** An address and the number of its leading bits that count. */
type Network = readonly [address: Address, bits: number];

/** Longer than any address; what is none is cut off there. */
const maxLength = 64;

/**
 * The one text of an address, however it is spelled: IPv6 as RFC 5952 writes it, IPv4 in four decimal parts, also where it
 * comes mapped into IPv6 (`::ffff:127.0.0.1`, as sockets for both say it). A port behind it, which some proxies
 * add, is left out. What is no address, as a proxy may send, stays as it is, up to 64 characters.
 *
 * @param text `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`, or anything else.
 */
export function canonicalAddress(text: string): string {
  const given = text.trim();
  const [, ipv4, ipv6] = /^(?:([\d.]+)(?::\d+)?|\[([^\]]*)\](?::\d+)?)$/.exec(given) ?? [];
  return parseAddress(ipv4 ?? ipv6 ?? given)?.toString() ?? given.slice(0, maxLength);
}

/** @returns undefined for what is no address, and for the forms of IPv4 with fewer parts or other digits. */
function parseAddress(text: string): Address | undefined {
  const isAddress = text.includes(":") ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);
  return isAddress ? ipaddr.process(text) : undefined;
}

/** Reads an address, or a network in CIDR notation. @returns undefined for what is none. */
export function parseNetwork(text: string): Network | undefined {
  const [, base = "", prefix] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (parseAddress(base) === undefined) return undefined;
  // Not unmapped: the prefix counts bits of the address as it was written.
  const address = ipaddr.parse(base);
  const width = address.kind() === "ipv4" ? 32 : 128;
  const bits = prefix === undefined ? width : Number(prefix);
  return bits <= width ? [address, bits] : undefined;
}

/**
 * Returns whether an address lies in one of some networks. IPv4 addresses lie in the IPv6 networks that hold their mapped
 * form, too.
 *
 * @param networks As `parseNetwork` takes them.
 */
export function createNetworkMatcher(networks: readonly string[]): (address: string) => boolean {
  const parsed = networks.flatMap((text) => {
    const network = parseNetwork(text);
    return network === undefined ? [] : [network];
  });
  return (text) => {
    const address = parseAddress(text);
    return address !== undefined && parsed.some((network) => isIn(address, network));
  };
}

function isIn(address: Address, [base, bits]: Network): boolean {
  if (address instanceof ipaddr.IPv4) {
    return base instanceof ipaddr.IPv4 ? address.match(base, bits) : address.toIPv4MappedAddress().match(base, bits);
  }
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
}

/**
 * The network that a caller's address is counted by: an IPv4 address itself; of an IPv6 address its /64, all of which one
 * caller commonly has. What is no address counts by its beginning.
 */
export function networkOf(address: string): string {
  const canonical = canonicalAddress(address);
  if (!canonical.includes(":")) return canonical;
  const parsed = parseAddress(canonical);
  if (!(parsed instanceof ipaddr.IPv6)) return canonical;
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}
