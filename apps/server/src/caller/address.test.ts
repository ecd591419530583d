import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalAddress, createNetworkMatcher, networkOf, parseNetwork } from "./address.js";

describe("canonicalAddress", () => {
  it.each([
    "127.0.0.1",
    "::ffff:127.0.0.1",
    "::FFFF:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:7F00:0001",
    "0:0:0:0:0:ffff:7f00:1",
    "0:0:0:0:0:ffff:127.0.0.1",
    "0000:0000:0000:0000:0000:ffff:7f00:0001",
    "0::ffff:127.0.0.1",
    "::ffff:127.0.0.1%eth0",
    "127.0.0.1:4711",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]:4711",
    " 127.0.0.1 ",
  ])("%j is 127.0.0.1", (text) => {
    expect(canonicalAddress(text)).toBe("127.0.0.1");
  });

  it.each([
    ["2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["2001:db8::0:1", "2001:db8::1"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1%eth0"],
  ])("%s is %s", (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
  });

  // The forms of inet_aton, which readers of addresses differ about, and what is no address.
  it.each([
    "127.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "2130706433",
    "127.0.0.1:x",
    "127.0.0.256",
    "[::1",
    "::1]",
    "unknown",
    "_x",
    "",
  ])("%j stays as it is", (text) => {
    expect(canonicalAddress(text)).toBe(text);
  });

  it("keeps what is no address short", () => {
    expect(canonicalAddress("x".repeat(1000))).toHaveLength(64);
  });

  it("is one text for all spellings of an address, and another for another one", () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, groups, (a, b) => {
        const long = (value: readonly number[]): string =>
          value.map((group) => group.toString(16).padStart(4, "0").toUpperCase()).join(":");
        const short = (value: readonly number[]): string => new URL(`http://[${long(value)}]`).hostname.slice(1, -1);
        expect(canonicalAddress(long(a))).toBe(canonicalAddress(short(a)));
        expect(canonicalAddress(long(a)) === canonicalAddress(long(b))).toBe(long(a) === long(b));
      }),
    );
  });
});

describe("createNetworkMatcher", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.0/8", "127.255.255.255", true],
    ["127.0.0.0/8", "128.0.0.0", false],
    ["::ffff:127.0.0.1", "127.0.0.1", true],
    ["::ffff:7f00:1", "127.0.0.1", true],
    ["::ffff:7f00:1/128", "127.0.0.1", true],
    ["::ffff:127.0.0.0/104", "127.9.9.9", true],
    ["::ffff:127.0.0.0/104", "128.9.9.9", false],
    ["::/0", "10.1.2.3", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["fd00::/8", "fd12::1", true],
    ["fd00::/8", "fc12::1", false],
    ["::1", "::1", true],
    ["fe80::/10", "fe80::1%eth0", true],
    ["10.0.0.0/08", "10.1.1.1", true],
    ["0.0.0.0/0", "unknown", false],
  ])("%s holds %s: %s", (network, address, isIn) => {
    expect(createNetworkMatcher(["192.0.2.0/24", network])(address)).toBe(isIn);
  });

  it("holds nothing where there is no network", () => {
    expect(createNetworkMatcher([])("127.0.0.1")).toBe(false);
  });
});

describe("parseNetwork", () => {
  it.each([
    "",
    "x",
    "127.1",
    "010.0.0.0/8",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
    "::/129",
    "::1%eth0/64",
  ])("%j is none", (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });
});

describe("networkOf", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:CB00:7107", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8::/64"],
    ["::1", "::/64"],
    ["fe80::1%eth0", "fe80::/64"],
    ["unknown", "unknown"],
    ["", ""],
  ])("%s counts as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it("keeps what is no address short", () => {
    expect(networkOf("x".repeat(1000))).toHaveLength(64);
    expect(networkOf("x:".repeat(1000)).length).toBeLessThanOrEqual(64);
  });
});
