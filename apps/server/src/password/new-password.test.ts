import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { requireStrongPassword, weaknessOf } from "./new-password.js";

const list = readFileSync(new URL("../../dist/common-passwords/passwords.txt", import.meta.url), "utf8");
const common = list.trimEnd().split("\n");

describe("a new password", () => {
  it("is none of the 3,000 most common ones of the length that can be set, in whatever case", () => {
    // OWASP ASVS 5.0, 6.2.4.
    expect(new Set(common).size).toBeGreaterThanOrEqual(3000);
    for (const password of common) {
      expect([password, password.length >= 8]).toEqual([password, true]);
      expect(weaknessOf(password, "ada")).toMatch(/^is one of the most common passwords; take/);
      expect(weaknessOf(password.toUpperCase(), "ada")).toBe(weaknessOf(password, "ada"));
    }
  });

  it.each([
    ["password", "12345678", "Password1", "passw0rd", "P@ssw0rd", "iloveyou", "qwertyuiop", "admin123", "trustno1"],
    ["88888888", "xxxxxxxx", "12341234", "123123123", "sexsexsex", "qwertyqwerty", "ABABABAB", "00000000"],
    ["98765432", "0123456789", "abcdefgh", "zyxwvuts", "poiuytrewq", "lkjhgfdsa", "QWERTZUIOP"],
    ["01012009", "31121999", "12311999", "20240229", "19691231"],
    // The forms of a character are the same to a login as well.
    ["ｐａｓｓｗｏｒｄ", "\u{1d5c9}\u{1d5ba}ssword"],
  ])("is no common one that lists leave out for its pattern: %s...", (...passwords) => {
    for (const password of passwords) {
      expect([password, weaknessOf(password, "ada")]).toEqual([password, expect.stringMatching(/most common/)]);
    }
  });

  it("is not of blanks alone, seen or unseen", () => {
    for (const blank of [" ", "\t", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2028", "\0", " \u00a0"]) {
      expect(weaknessOf(blank.repeat(8), "ada")).toMatch(/^must not be of blanks alone; take/);
    }
  });

  it("is neither the name of the user nor that of the server", () => {
    expect(weaknessOf("ada.lovelace", "Ada.Lovelace")).toMatch(/^must not be the name of the user; take/);
    expect(weaknessOf("ADA.LOVELACE", "ada.lovelace")).toMatch(/^must not be the name of the user; take/);
    expect(weaknessOf("ada.lovelace", "ada")).toBeUndefined();
    for (const name of ["AveniECA", "eca-server"])
      expect(weaknessOf(name, "ada")).toMatch(/^must not be the name of the server/);
  });

  it("may be made of any characters, whichever and however many", () => {
    for (const password of [
      "correct horse",
      "aaaaaaab",
      "13245769",
      "32122024",
      "日本語日本国語辞",
      "🙂🙃🙂🙂🙃🙃🙂🙂",
      "        x",
      "passwordpassw",
    ]) {
      expect([password, weaknessOf(password, "ada")]).toEqual([password, undefined]);
    }
  });

  it("is refused by the name of its field", () => {
    const refuse = () => requireStrongPassword("password", { username: "ada", field: "new_password" });
    expect(refuse).toThrow(/^new_password: is one of the most common passwords; take several words/);
    expect(refuse).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ pointer: "/new_password" })] }),
    );
  });
});
