/**
 * A squared distance without any rounding, as a sum of 19 parts of 32 bits, the smallest first: part k
 * is a multiple of its unit 2^(32 k - 320) and lies below 2^32 units. Equal distances have equal parts.
 */
export type ExactSquare = readonly number[];

const partBits = 32;
const base = 2 ** partBits;
/** No product of two 32-bit floats has a bit below 2^-298, and no sum of 2^24 squared differences reaches 2^283. */
const partCount = 19;
/** The exponent of the unit of the smallest part. */
const smallestExponent = -320;

const units = Array.from({ length: partCount }, (_, part) => 2 ** (smallestExponent + part * partBits));
/** Adding an anchor to a number and taking it off again rounds the number to a multiple of the part's unit. */
const anchors = units.map((unit) => 1.5 * 2 ** 52 * unit);
/** Made of fractions, so that V8 keeps copies of it as doubles, whatever comes to be in them. */
const nothing = units.map((unit) => unit + 0.5).fill(0);

/**
 * After so many numbers carries are passed on: each number adds at most twice 2^32 units to a part,
 * and a double counts 2^53 of them exactly.
 */
const numbersPerCarry = 2 ** 19;

const largestFloat = 2 ** 128;

/** Computes exact squared distances to one query. */
export class ExactSquares {
  readonly #query: Float32Array;
  /** The largest magnitude among the query's numbers. */
  #largest = 0;
  /** The sum of the query's squares; undefined until it is needed. */
  #ofQuery: readonly number[] | undefined;

  /** @param query At most 2^24 finite numbers. It must not change afterwards. */
  constructor(query: Float32Array) {
    this.#query = query;
  }

  /**
   * The exact squared distance of the state at `offset` of `states`: the sum of x^2 - 2xq + q^2, as the
   * product of two 32-bit floats is exact in 64 bits, and the square of a rounded difference is not.
   *
   * @param squared The same as `squaredDistance` has it. It bounds how large the state's numbers can be.
   */
  of(states: Float32Array, offset: number, squared: number): ExactSquare {
    const parts = this.#squareOfQuery().slice();
    // No number lies farther from the query's than the state does; the factor covers what was rounded.
    const largest = Math.min(largestFloat, (this.#largest + Math.sqrt(squared)) * (1 + 2 ** -20));
    const highest = partFor(2 * largest * largest);
    for (let place = 0; place < this.#query.length; place++) {
      const number = states[offset + place] as number;
      add(parts, highest, number * number);
      add(parts, highest, -2 * number * (this.#query[place] as number));
      if (place % numbersPerCarry === numbersPerCarry - 1) carry(parts);
    }
    carry(parts);
    return parts;
  }

  #squareOfQuery(): readonly number[] {
    if (this.#ofQuery !== undefined) return this.#ofQuery;
    for (const number of this.#query) this.#largest = Math.max(this.#largest, Math.abs(number));
    const parts = nothing.slice();
    const highest = partFor(this.#largest * this.#largest);
    for (let place = 0; place < this.#query.length; place++) {
      add(parts, highest, (this.#query[place] as number) ** 2);
      if (place % numbersPerCarry === numbersPerCarry - 1) carry(parts);
    }
    carry(parts);
    this.#ofQuery = parts;
    return parts;
  }
}

/** Below 0 where `a` is smaller, above 0 where it is larger, 0 where they are equal. */
export function compareExact(a: ExactSquare, b: ExactSquare): number {
  for (let part = partCount - 1; part >= 0; part--) {
    const difference = (a[part] as number) - (b[part] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A square as a whole number of units of 2^-320. */
export function toBigInt(square: ExactSquare): bigint {
  const digits = square.map((part, place) => BigInt(part / (units[place] as number)));
  return digits.reduceRight((sum, digit) => (sum << BigInt(partBits)) + digit, 0n);
}

/** The smallest part that takes numbers up to `largest` as at most 2^32 of its units. */
function partFor(largest: number): number {
  let part = 0;
  while ((units[part] as number) * base < largest) part++;
  return part;
}

/** Adds a number without losing a bit of it, part by part from the highest that it can reach. */
function add(parts: number[], highest: number, number: number): void {
  let rest = number;
  for (let part = highest; part >= 0 && rest !== 0; part--) {
    const anchor = anchors[part] as number;
    const rounded = rest + anchor - anchor;
    parts[part] = (parts[part] as number) + rounded;
    rest -= rounded;
  }
}

/** Passes on what lies beyond 2^32 units of a part, or below 0, to the next. */
function carry(parts: number[]): void {
  for (let part = 0; part < partCount - 1; part++) {
    const next = units[part + 1] as number;
    const excess = Math.floor((parts[part] as number) / next) * next;
    parts[part] = (parts[part] as number) - excess;
    parts[part + 1] = (parts[part + 1] as number) + excess;
  }
}
