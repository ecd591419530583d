import { readFileSync } from "node:fs";
import { DomainError } from "../errors/domain-error.js";

/** Whose password it is to be, and the field of the request that holds it. */
export interface NewPasswordPlace {
  readonly username: string;
  readonly field: string;
}

/**
 * Refuses a new password that others would guess first. Its length is the contract's to check.
 *
 * @throws DomainError `invalid_request`.
 */
export function requireStrongPassword(password: string, { username, field }: NewPasswordPlace): void {
  const weakness = weaknessOf(password, username);
  if (weakness !== undefined) {
    throw new DomainError("invalid_request", [{ detail: `${field}: ${weakness}`, pointer: `/${field}` }]);
  }
}

/** Passwords that everybody who knows what the server is called would try. */
const ownNames: ReadonlySet<string> = new Set(["avenieca", "eca-server", "ecaserver"]);

/**
 * What makes a password easy to guess: blanks alone, the user's name or the server's, one of the most common passwords
 * (OWASP ASVS 5.0, 6.2.4 and 6.2.11). Which characters it is made of is nobody's business (6.2.5). Small and capital letters are
 * taken for the same, as are the forms of a character (NFKC).
 *
 * @returns Words that say so and what to do; undefined where there is nothing.
 */
export function weaknessOf(password: string, username: string): string | undefined {
  const folded = fold(password);
  if (!/[^\p{Cc}\p{Cf}\p{Z}]/u.test(folded)) return "must not be of blanks alone; take several words";
  if (folded === fold(username))
    return "must not be the name of the user; take several words that nobody links with them";
  if (ownNames.has(folded)) return "must not be the name of the server; take several words";
  if (isCommon(folded)) return "is one of the most common passwords; take several words that do not belong together";
  return undefined;
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/**
 * Whether a password, folded, is one of the most common. The list leaves out those that follow a pattern, and lists of
 * leaked passwords are full of them: one piece again and again, a run of neighbours in the alphabet or on the keyboard, a
 * date.
 */
function isCommon(folded: string): boolean {
  return commonPasswords().has(folded) || isRepeated(folded) || isRun(folded) || isDate(folded);
}

let common: ReadonlySet<string> | undefined;

/** Read when a password is set first: few servers' lives see that. */
function commonPasswords(): ReadonlySet<string> {
  // Put there by the build; the same folder seen from `src` and from `dist`.
  const list = new URL("../../dist/common-passwords/passwords.txt", import.meta.url);
  common ??= new Set(readFileSync(list, "utf8").trimEnd().split("\n"));
  return common;
}

/** Whether one piece of at most six characters is all that there is: `aaaaaaaa`, `abcabcabc`, `12341234`. */
function isRepeated(text: string): boolean {
  return /^(?<piece>.{1,6}?)\k<piece>+$/su.test(text);
}

const rows = [
  "01234567890",
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiop",
  "qwertzuiop",
  "azertyuiop",
  "asdfghjkl",
  "zxcvbnm",
];
const runs = rows.flatMap((row) => [row, row.split("").toReversed().join("")]);

function isRun(text: string): boolean {
  return runs.some((run) => run.includes(text));
}

const day = String.raw`(?:0[1-9]|[12]\d|3[01])`;
const month = "(?:0[1-9]|1[0-2])";
const year = String.raw`(?:19|20)\d\d`;
const date = new RegExp(`^(?:${day}${month}${year}|${month}${day}${year}|${year}${month}${day})$`);

/** Whether it is a date of the last century or of this one, in eight digits. */
function isDate(text: string): boolean {
  return date.test(text);
}
