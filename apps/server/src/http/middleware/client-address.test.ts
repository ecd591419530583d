import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createAddressOf } from "./client-address.js";

const proxy = "10.0.0.1";

function addressOf(trusted: readonly string[], remoteAddress: string | undefined, forwarded?: string): string {
  const request = { headers: { "x-forwarded-for": forwarded }, socket: { remoteAddress } };
  return createAddressOf(trusted)(request as unknown as IncomingMessage);
}

it.each([
  ["203.0.113.7", "203.0.113.7"],
  ["203.0.113.7:50123", "203.0.113.7"],
  ["2001:db8::1", "2001:db8::1"],
  ["2001:0DB8:0::1", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:50123", "2001:db8::1"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:CB00:7107", "203.0.113.7"],
  ["[::ffff:cb00:7107]:50123", "203.0.113.7"],
  ["127.0.0.1, 203.0.113.7:50123", "203.0.113.7"],
  [`203.0.113.7, ${proxy}`, "203.0.113.7"],
  [`203.0.113.7, ::ffff:${proxy}`, "203.0.113.7"],
  [`203.0.113.7, ${proxy}:4711`, "203.0.113.7"],
  [`203.0.113.7,${proxy},${proxy}`, "203.0.113.7"],
  [proxy, proxy],
  ["unknown", "unknown"],
  ["203.0.113.7:x", "203.0.113.7:x"],
  ["203.0.113.7, unknown", "unknown"],
  // Empty entries of a list count for nothing (RFC 9110, section 5.6.1).
  ["203.0.113.7,", "203.0.113.7"],
  [`203.0.113.7, ,${proxy} , `, "203.0.113.7"],
  ["", proxy],
  [undefined, proxy],
])("a trusted proxy that forwards for %s says that the call comes from %s", (forwarded, address) => {
  expect(addressOf([`${proxy}/32`], proxy, forwarded)).toBe(address);
});

it("nobody else's word is taken for where a call comes from", () => {
  expect(addressOf([], proxy, "203.0.113.7")).toBe(proxy);
  expect(addressOf([proxy], "198.51.100.9", "203.0.113.7")).toBe("198.51.100.9");
});

describe("a proxy on a socket for IPv4 and IPv6", () => {
  it.each([`::ffff:${proxy}`, "::ffff:a00:1", "0:0:0:0:0:FFFF:0A00:0001", proxy])(
    "is trusted however its address is spelled in the setting: %s",
    (setting) => {
      for (const remote of [proxy, `::ffff:${proxy}`]) {
        expect(addressOf([setting], remote, "203.0.113.7")).toBe("203.0.113.7");
      }
    },
  );

  it.each([undefined, "", " ", ",", " , ,"])("is the caller itself where it forwards for nobody: %j", (forwarded) => {
    for (const [remote, setting] of [
      [`::ffff:${proxy}`, proxy],
      ["2001:db8::1", "2001:db8::/32"],
      [proxy, proxy],
    ] as const) {
      expect(addressOf([setting], remote, forwarded)).toBe(remote.replace("::ffff:", ""));
    }
  });

  it("is counted by its IPv4 address where nobody is trusted", () => {
    expect(addressOf([], `::ffff:${proxy}`, "203.0.113.7")).toBe(proxy);
  });
});

it("is found behind a header that is too long to be remembered too", () => {
  expect(addressOf([proxy], proxy, `${"192.0.2.1, ".repeat(50)}203.0.113.7:50123`)).toBe("203.0.113.7");
});

it("is short, whatever a proxy forwards", () => {
  expect(addressOf([proxy], proxy, "x".repeat(5000))).toHaveLength(64);
});

it("of a connection that is gone is empty", () => {
  expect(addressOf([proxy], undefined, "203.0.113.7")).toBe("");
});
