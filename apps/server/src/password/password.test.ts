import { describe, expect, it } from "vitest";
import { hashPassword, owaspCost, verifyPassword } from "./password.js";

const cheap = { ln: 4, r: 8, p: 1 };

describe("hashPassword", () => {
  it("is verified by the same password alone", async () => {
    const hash = await hashPassword("correct horse", cheap);
    expect(await verifyPassword("correct horse", hash)).toBe(true);
    expect(await verifyPassword("correct horse ", hash)).toBe(false);
    expect(await verifyPassword("", hash)).toBe(false);
  });

  it("salts: the same password never hashes to the same text", async () => {
    expect(await hashPassword("same", cheap)).not.toBe(await hashPassword("same", cheap));
  });

  it("takes the two ways to write é as one", async () => {
    expect(await verifyPassword("caf\u00e9", await hashPassword("cafe\u0301", cheap))).toBe(true);
  });

  it("writes its cost into the hash, at OWASP strength by default", async () => {
    const hash = await hashPassword("secret", owaspCost);
    expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword("secret", hash)).toBe(true);
  });

  it("refuses a hash that is not its own", async () => {
    await expect(verifyPassword("x", "plain")).rejects.toThrow("unknown password hash format");
  });
});
