const negativeZero = -0x8000_0000;
const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

/**
 * A hash of a state's numbers: equal numbers, equal hashes, `0` and `-0` alike. XXH32 of their bytes
 * (github.com/Cyan4973/xxHash, doc/xxhash_spec.md), whose four lanes the processor computes side by
 * side: what a module's load hashes is as much as what it reads. With a seed that no writer knows,
 * states that collide are hard to choose.
 *
 * @returns A whole number of 32 bits, with its sign.
 */
export function hashState(state: Float32Array, seed: number): number {
  const words = new Int32Array(state.buffer, state.byteOffset, state.length);
  const count = words.length;
  let hash = (seed + prime5) | 0;
  let place = 0;
  if (count >= 4) {
    let lane1 = (seed + prime1 + prime2) | 0;
    let lane2 = (seed + prime2) | 0;
    let lane3 = seed | 0;
    let lane4 = (seed - prime1) | 0;
    for (; place <= count - 4; place += 4) {
      lane1 = round(lane1, words[place] as number);
      lane2 = round(lane2, words[place + 1] as number);
      lane3 = round(lane3, words[place + 2] as number);
      lane4 = round(lane4, words[place + 3] as number);
    }
    hash = (rotated(lane1, 1) + rotated(lane2, 7) + rotated(lane3, 12) + rotated(lane4, 18)) | 0;
  }
  hash = (hash + words.byteLength) | 0;
  for (; place < count; place++) {
    hash = (hash + Math.imul(withoutSign(words[place] as number), prime3)) | 0;
    hash = Math.imul(rotated(hash, 17), prime4);
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return hash ^ (hash >>> 16);
}

function round(lane: number, word: number): number {
  return Math.imul(rotated((lane + Math.imul(withoutSign(word), prime2)) | 0, 13), prime1);
}

/** The bits of `-0` as those of `0`; those of all other numbers as they are. */
function withoutSign(word: number): number {
  return word === negativeZero ? 0 : word;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
