import type { Express, Request } from "express";
import express from "express";
import { expect, it } from "vitest";
import { createAddressOf } from "./client-address.js";

const proxy = "10.0.0.1";

function addressOf(trusted: readonly string[], remoteAddress: string, forwarded?: string): string {
  const app: Express = express();
  const request = Object.create(app.request) as Request;
  Object.assign(request, { app, headers: { "x-forwarded-for": forwarded }, socket: { remoteAddress } });
  return createAddressOf(app, trusted)(request);
}

it.each([
  ["203.0.113.7", "203.0.113.7"],
  ["203.0.113.7:50123", "203.0.113.7"],
  ["2001:db8::1", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:50123", "2001:db8::1"],
  ["127.0.0.1, 203.0.113.7:50123", "203.0.113.7"],
  [`203.0.113.7, ${proxy}`, "203.0.113.7"],
  ["unknown", "unknown"],
  ["203.0.113.7:x", "203.0.113.7:x"],
  [undefined, proxy],
])("a trusted proxy that forwards for %s tells of %s", (forwarded, address) => {
  expect(addressOf([`${proxy}/32`], proxy, forwarded)).toBe(address);
});

it("nobody else's word is taken for where a call comes from", () => {
  expect(addressOf([], proxy, "203.0.113.7")).toBe(proxy);
  expect(addressOf([proxy], "198.51.100.9", "203.0.113.7")).toBe("198.51.100.9");
});

it("is told behind a header that is too long to be remembered too", () => {
  expect(addressOf([proxy], proxy, `${"192.0.2.1, ".repeat(50)}203.0.113.7:50123`)).toBe("203.0.113.7");
});
