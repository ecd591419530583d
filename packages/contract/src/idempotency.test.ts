import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contract, rootContract } from "./contract.js";
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

describe.each([...routesOf(contract), ...routesOf(rootContract)])("route %s", (_name, route) => {
  it("takes a key if it is a POST, and only then", () => {
    const isPost = route.method === "POST";
    expect("idempotency-key" in (route.headers ?? {})).toBe(isPost);
    expect(Object.hasOwn(route.responses, 422)).toBe(isPost);
  });
});
