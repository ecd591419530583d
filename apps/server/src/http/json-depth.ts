const openList = 0x5b;
const openObject = 0x7b;
const closeList = 0x5d;
const closeObject = 0x7d;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether arrays and objects stand deeper in one another than `most` in a JSON text, at any of its points.
 * It tells before the text is parsed, in one pass and without memory: a body of brackets alone would make
 * millions of objects. Of a text that is no JSON it tells something or other.
 *
 * @param bytes UTF-8.
 */
export function isDeeperThan(most: number, bytes: Uint8Array): boolean {
  if (opensAtMost(most, bytes)) return false;
  let depth = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === quote) index = endOfJsonText(bytes, index);
    else if (byte === openList || byte === openObject) {
      depth += 1;
      if (depth > most) return true;
    } else if (byte === closeList || byte === closeObject) depth -= 1;
  }
  return false;
}

/** Most bodies have fewer brackets than they may be deep, which takes no look at each of their bytes. */
function opensAtMost(most: number, bytes: Uint8Array): boolean {
  let left = most;
  for (const open of [openList, openObject]) {
    for (let at = bytes.indexOf(open); at !== -1; at = bytes.indexOf(open, at + 1)) {
      left -= 1;
      if (left < 0) return false;
    }
  }
  return true;
}

/** The index of the quote that ends the text which begins at another one; the last index where none does. */
export function endOfJsonText(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < bytes.length && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
  return end;
}
