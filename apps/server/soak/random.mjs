/**
 * Numbers that follow from a seed alone, so that a run can be repeated: xorshift with 32 bits (G. Marsaglia,
 * "Xorshift RNGs", 2003).
 *
 * @param seed A whole number.
 */
export function createRandom(seed) {
  // A state of 0 stays 0.
  let state = seed >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  // Small seeds begin with small numbers.
  for (let at = 0; at < 20; at += 1) next();
  const below = (limit) => next() % limit;
  return {
    /** A whole number from 0, below `limit`. */
    below,
    /** True in this share of the calls. */
    chance: (share) => next() < share * 2 ** 32,
    pick: (list) => list[below(list.length)],
    /** A generator of its own, for a writer whose turn depends on the machine. */
    fork: () => createRandom(next()),
  };
}
