import { distance } from "fastest-levenshtein";

/** No name that is longer is compared: it would be nobody's slip. */
const maxLength = 64;

/** The shortest name of which one letter may be wrong: of a shorter one, hardly a letter would be left. */
const minSpelled = 4;

/**
 * The name that another one is a slip of: in another case or with other separators (`moduleId` for `module_id`), or with one
 * letter wrong, left out, added or in its neighbour's place.
 *
 * @returns undefined where it is close to none.
 */
export function similarName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > maxLength) return undefined;
  const plain = plainOf(name);
  let spelled: string | undefined;
  for (const candidate of known) {
    const other = plainOf(candidate);
    if (other === plain) return candidate;
    if (spelled === undefined && other.length >= minSpelled && isOneSlip(plain, other)) spelled = candidate;
  }
  return spelled;
}

function plainOf(name: string): string {
  return name.replaceAll(/[_\-.\s]/g, "").toLowerCase();
}

function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  return distance(a, b) <= 1 || isTransposed(a, b);
}

/** Whether two neighbours changed their places, and all else is the same. */
function isTransposed(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let first = 0;
  while (first < a.length && a[first] === b[first]) first += 1;
  return a[first] === b[first + 1] && a[first + 1] === b[first] && a.slice(first + 2) === b.slice(first + 2);
}
