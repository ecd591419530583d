/**
 * The network that a caller's address is counted by: an IPv4 address itself; of an IPv6 address its /64,
 * all of which one caller commonly has. What is no address, as a proxy may send, counts by its beginning.
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address.slice(0, 64);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [left = "", right] = address.split("%", 1).join("").toLowerCase().split("::", 2);
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => "0"), ...tail];
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${network.join(":")}::/64`.slice(0, 64);
}
