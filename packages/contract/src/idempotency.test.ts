import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contract, rootContract } from "./contract.js";
import type { RoutePolicy } from "./dsl.js";
import { routesOf } from "./route.js";
import { idempotencyKey } from "./idempotency.js";

const key = idempotencyKey["idempotency-key"];

describe("a key", () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 255,
  });

  it("is what is between the quotes, whatever it is", () => {
    fc.assert(
      fc.property(printable, (text) => {
        expect(key.parse(`"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`)).toBe(text);
      }),
    );
  });

  it("is the same bare, where it has neither quotes nor spaces", () => {
    fc.assert(
      fc.property(printable, (text) => {
        fc.pre(!/[ "]/.test(text));
        expect(key.parse(text)).toBe(text);
      }),
    );
  });

  it("may be absent", () => {
    expect(key.parse(undefined)).toBeUndefined();
  });

  it.each([
    "",
    '""',
    '"',
    "a b",
    "a,\tb",
    '"a" "b"',
    String.raw`"\a"`,
    '"a\\"',
    "\u00e9",
    "\n",
    "k".repeat(256),
    `"${"k".repeat(256)}"`,
  ])("is not %j", (text) => {
    expect(key.safeParse(text).success).toBe(false);
  });
});

/** A log-in is repeated by logging in. */
const ownLogin = new Set(["auth.login", "auth.logout", "auth.changePassword"]);

describe.each([...routesOf(contract), ...routesOf(rootContract)])("route %s", (name, route) => {
  it("takes a key if it is a POST that is not about the caller's own login, and only then", () => {
    const takesKey = route.method === "POST" && !ownLogin.has(name);
    expect("idempotency-key" in (route.headers ?? {})).toBe(takesKey);
    expect(Object.hasOwn(route.responses, 422)).toBe(takesKey);
  });

  it("takes a key of callers who are known alone", () => {
    const { access } = route.metadata as RoutePolicy;
    expect(access === "public" && "idempotency-key" in (route.headers ?? {})).toBe(false);
  });
});
