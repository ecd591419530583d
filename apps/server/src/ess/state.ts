import { DomainError, type Fault } from "../errors.js";

/**
 * Rounds numbers to 32-bit floats, once, on their way in. `-0` becomes `0`, so that equal states
 * have equal bytes.
 *
 * @throws DomainError `invalid_request` naming each number whose magnitude no 32-bit float reaches.
 */
export function toState(numbers: readonly number[]): Float32Array {
  const state = Float32Array.from(numbers);
  const faults: Fault[] = [];
  for (const [index, float] of state.entries()) {
    // Adding 0 makes a 0 of -0, also of one that comes from rounding a tiny negative number.
    state[index] = float + 0;
    if (!Number.isFinite(float)) {
      const detail = `state[${index}] is ${numbers[index]}, beyond the range of a 32-bit float (±3.4028235e+38)`;
      faults.push({ detail, pointer: `/state/${index}` });
    }
  }
  if (faults.length > 0) throw new DomainError("invalid_request", faults);
  return state;
}

const decimalScales = [10, 100, 1000, 10_000] as const;

/**
 * The shortest decimal that rounds to the same 32-bit float, as the double that prints so.
 *
 * Short decimals, which sensors send, are found by scaling; the rest by trying 6 to 9 significant
 * digits, of which 9 always suffice for a 32-bit float (IEEE 754-2019, section 5.12.2).
 */
export function shortest(float: number): number {
  if (Number.isInteger(float) && Math.abs(float) < 2 ** 24) return float;
  if (Math.abs(float) < 1e6) {
    for (const scale of decimalScales) {
      const decimal = Math.round(float * scale) / scale;
      if (Math.fround(decimal) === float) return decimal;
    }
  }
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(float.toPrecision(digits));
    if (Math.fround(decimal) === float) return decimal;
  }
  return Number(float.toPrecision(9));
}

/** The numbers of a state as they are printed. */
export function toNumbers(state: Float32Array): number[] {
  const numbers: number[] = Array.from({ length: state.length });
  for (let index = 0; index < state.length; index++) numbers[index] = shortest(state[index] ?? 0);
  return numbers;
}
