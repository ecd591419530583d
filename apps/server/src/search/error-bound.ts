const unitRoundoff = 2 ** -24;
const largestFloat = 2 ** 128 - 2 ** 104;

/**
 * How far a kernel's squared distance A may lie from the exact one S, for states of n numbers:
 *
 *     |A - S| <= γ S + η        γ = m u / (1 - m u),  m = n + 8,  u = 2^-24,  η = n 2^-125
 *
 * or A overflowed to Infinity. This holds for any kernel that adds the n squared differences in
 * 32-bit floats or better, in any order, with or without fused multiply-add:
 *
 * - The rounding of a difference counts twice in its square, the product adds one, the sum at most
 *   n - 1, the result's own rounding one: n + 3 in all. No term is negative, so what bounds the
 *   relative error of each term bounds that of the sum (Higham, Accuracy and Stability of Numerical
 *   Algorithms, 2nd ed., lemma 3.1 and section 3.1). The rest of m covers differences that lost
 *   their last bits where subnormals are flushed to zero.
 * - A product or sum that underflows loses less than 2^-126 each, flushed to zero or not: at most
 *   2n of them make η.
 *
 * S as `squaredDistance` computes it has a relative error of about n 2^-53 of its own, which the
 * slack of 2^-26 in `ceiling` covers.
 */
export class ErrorBound {
  readonly #relative: number;
  readonly #absolute: number;

  /** @param shape Numbers per state; beyond 4 million nothing is promised and all bounds are Infinity. */
  constructor(shape: number) {
    const roundings = (shape + 8) * unitRoundoff;
    this.#relative = roundings < 0.25 ? roundings / (1 - roundings) : Number.POSITIVE_INFINITY;
    this.#absolute = shape * 2 ** -125;
  }

  /** The largest exact squared distance behind a kernel's. */
  largest(approximate: number): number {
    if (this.#relative === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return (approximate + this.#absolute) / (1 - this.#relative);
  }

  /**
   * The largest value that a kernel can give a state that is no farther away than another one, whose
   * `squaredDistance` is `squared`. Whatever lies above it is farther away for certain. Where the
   * value is beyond the 32-bit floats, an overflowed kernel proves nothing: Infinity.
   */
  ceiling(squared: number): number {
    const ceiling = squared * (1 + 2 ** -26) * (1 + this.#relative) + 2 * this.#absolute;
    return ceiling < largestFloat ? ceiling : Number.POSITIVE_INFINITY;
  }
}
