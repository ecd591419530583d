/** The same numbers from 0 to 1 for the same seed; splitmix32. */
export function randomState(seed, shape) {
  const state = new Float32Array(shape);
  let position = Math.imul(seed, 0x9e3779b1);
  for (let place = 0; place < shape; place++) {
    position = (position + 0x9e3779b9) | 0;
    let mixed = Math.imul(position ^ (position >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    state[place] = ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }
  return state;
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The least of some numbers that a share of them, from 0 to 1, does not exceed. */
export function quantile(numbers, share) {
  return numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * numbers.length) - 1)];
}

/** A number as tables show it: at least two significant digits, and the thousands apart. */
export function show(number) {
  const digits = Math.abs(number) < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 };
  return number.toLocaleString("en-US", digits);
}
