import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createSeal } from "./seal.js";

const call = { userId: "ada", route: "key.create", key: "k" };
const secret = "ecas_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const hash = new Uint8Array(32).fill(7);

it("opens what it has closed, whatever it is, and shows none of it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const sealed = createSeal(secret, call).close(text);
      expect(createSeal(secret, call).open(sealed)).toBe(text);
    }),
  );
  const sealed = createSeal(secret, call).close("ecak_a-token");
  expect(Buffer.from(sealed, "base64").toString("latin1")).not.toContain("ecak");
  expect(createSeal(secret, call).close("ecak_a-token")).not.toBe(sealed);
});

it.each([
  ["secret", `${secret}.`, {}],
  ["user", secret, { userId: "zoe" }],
  ["route", secret, { route: "key.rotate" }],
  ["key", secret, { key: "K" }],
])("opens nothing with another %s, and knows no call again", (_, otherSecret, other) => {
  const [own, foreign] = [createSeal(secret, call), createSeal(otherSecret, { ...call, ...other })];
  expect(foreign.open(own.close("text"))).toBeUndefined();
  expect(foreign.fingerprint(hash)).not.toEqual(own.fingerprint(hash));
});

it("opens nothing that was changed, cut or never closed", () => {
  const seal = createSeal(secret, call);
  const bytes = Buffer.from(seal.close("text"), "base64");
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
    expect(seal.open(changed.toString("base64"))).toBeUndefined();
    expect(seal.open(bytes.subarray(0, index).toString("base64"))).toBeUndefined();
  }
  expect(seal.open('{"id":1}')).toBeUndefined();
});

it("a fingerprint is the same for the same call, and not its hash", () => {
  expect(createSeal(secret, call).fingerprint(hash)).toEqual(createSeal(secret, call).fingerprint(hash));
  expect(createSeal(secret, call).fingerprint(hash)).not.toEqual(Buffer.from(hash));
  expect(createSeal(secret, call).fingerprint(hash)).toHaveLength(32);
});
