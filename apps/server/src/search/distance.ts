import { type ExactSquare, toBigInt } from "./exact-square.js";

/**
 * The squared Euclidean distance between a query and the state at `offset` of `states`: the squared
 * differences added in order, in 64-bit floats. No difference of 32-bit floats over- or underflows
 * there, so it is 0 for identical states alone.
 */
export function squaredDistance(query: Float32Array, states: Float32Array, offset: number): number {
  let sum = 0;
  for (let place = 0; place < query.length; place++) {
    const difference = (states[offset + place] as number) - (query[place] as number);
    sum += difference * difference;
  }
  return sum;
}

/**
 * How far two squared distances, as `squaredDistance` computes them, must lie apart to be in the order
 * of the exact ones: by more than this part of the larger one.
 *
 * Each has a relative error of at most (n + 2) u / (1 - (n + 2) u) with u = 2^-53: the rounding of a
 * difference counts twice in its square, the product adds one, the sum at most n - 1, and no term is
 * negative (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1). Twice that,
 * and two more roundings of this comparison itself, are below (n + 4) 2^-52.
 */
export function decisiveShare(shape: number): number {
  return (shape + 4) * 2 ** -52;
}

/**
 * The smallest power of two for which `squaredDistance` rounds nothing, where its result is `squared`
 * and all numbers of both states are multiples of that power.
 *
 * Differences are multiples of it too, and squares and sums of its square, of which a double counts up
 * to 2^53 exactly. No step of the sum reaches that many, as it never falls.
 */
export function exactGrid(squared: number): number {
  let grid = 2 ** Math.floor((Math.log2(squared) - 53) / 2);
  while (squared >= 2 ** 53 * grid * grid) grid *= 2;
  return grid;
}

/** Whether numbers are multiples of a power of two. It returns false for some that are far larger multiples. */
export function areOnGrid(numbers: Float32Array, from: number, to: number, grid: number): boolean {
  // Adding the anchor to a number and taking it off again rounds the number to a multiple of the grid.
  const anchor = 1.5 * 2 ** 52 * grid;
  for (let place = from; place < to; place++) {
    const number = numbers[place] as number;
    if (number + anchor - anchor !== number) return false;
  }
  return true;
}

/**
 * The distance as the wire prints it: the nearest 32-bit float, or the nearest 64-bit one where it lies
 * beyond these. 0 means identical, as two 32-bit floats that differ do so by 2^-149 or more.
 *
 * @param squared As `squaredDistance` computes it for states of `shape` numbers.
 * @param exact The same without rounding. It is asked for where `squared` does not decide.
 */
export function toScore(squared: number, shape: number, exact: () => ExactSquare): number {
  const distance = Math.sqrt(squared);
  const share = decisiveShare(shape);
  const lower = Math.fround(distance * (1 - share));
  const upper = Math.fround(distance * (1 + share));
  if (lower === upper && upper !== Number.POSITIVE_INFINITY) return lower;
  const root = rootOf(exact());
  if (lower !== Number.POSITIVE_INFINITY) {
    // 2^128 represents Infinity, as in the rounding of IEEE 754.
    const middle = (lower + Math.min(upper, 2 ** 128)) / 2;
    const atMiddle = BigInt(middle * unitsInOne);
    if (root < atMiddle) return lower;
    const rounded = root > atMiddle ? upper : Math.fround(middle);
    if (rounded !== Number.POSITIVE_INFINITY) return rounded;
  }
  return Number(root) / unitsInOne;
}

/** Half the square root of a square's unit is what roots are counted in. */
const unitsInOne = 2 ** 161;

/** The root of a square: the exact one where it is an even count, else the odd count above or below it. */
function rootOf(square: ExactSquare): bigint {
  const value = toBigInt(square);
  // Newton's method descends to the root, rounded down, from anything above it.
  let root = BigInt(Math.ceil(Math.sqrt(Number(value)) * (1 + 2 ** -50))) + 1n;
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) break;
    root = next;
  }
  return 2n * root + (root * root === value ? 0n : 1n);
}
