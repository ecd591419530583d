import { DomainError, type Issue, maxIssues } from "../errors/domain-error.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { powersOfTen } from "../text/powers-of-ten.js";

/**
 * Rounds numbers to 32-bit floats, once, on their way in. `-0` becomes `0`, so that equal states
 * have equal bytes.
 *
 * @throws DomainError `invalid_request` naming each number whose magnitude no 32-bit float reaches.
 */
export function toState(numbers: readonly number[]): Float32Array {
  const state = new Float32Array(numbers);
  const issues: Issue[] = [];
  for (let index = 0; index < state.length; index++) {
    const float = state[index] ?? 0;
    // Adding 0 makes a 0 of -0, also of one that comes from rounding a tiny negative number.
    state[index] = float + 0;
    if (!Number.isFinite(float)) {
      // Those behind the first ones are counted alone: a text for each of a long state takes milliseconds.
      issues.push(issues.length < maxIssues ? beyondFloats(numbers, index) : (issues[0] as Issue));
    }
  }
  if (issues.length > 0) throw new DomainError("invalid_request", issues);
  return state;
}

function beyondFloats(numbers: readonly number[], index: number): Issue {
  const detail = `state[${index}] is ${numbers[index]}, beyond the range of a 32-bit float (±3.4028235e+38)`;
  return { detail, pointer: `/state/${index}` };
}

/** Within these, scaling by a power of ten to 9 digits stays exact enough: 10^-14 to 10^7. */
const minMagnitude = -14;
const maxMagnitude = 6;

/** The smallest 32-bit float that is not subnormal. */
const minNormal = 2 ** -126;

/**
 * The shortest decimal that rounds to the same 32-bit float, as the double that prints so.
 *
 * Where a decimal of 6 digits rounds to a normal 32-bit float, rounding that float to 6 digits gives the
 * decimal back, and 9 digits always suffice (IEEE 754-2019, section 5.12.2). So 6 to 9 are tried, by
 * scaling: dividing a whole number by an exact power of ten gives the double nearest to the decimal.
 * Very small and very large floats go through text, subnormal ones from one digit on, as they have fewer.
 */
export function shortest(float: number): number {
  const size = Math.abs(float);
  if (Number.isInteger(float) && size < 2 ** 24) return float;
  const magnitude = Math.floor(Math.log10(size));
  if (magnitude >= minMagnitude && magnitude <= maxMagnitude) {
    for (let digits = 6; digits <= 9; digits++) {
      const scale = powersOfTen[digits - 1 - magnitude] ?? 1;
      const decimal = Math.round(size * scale) / scale;
      if (Math.fround(decimal) === size) return float < 0 ? -decimal : decimal;
    }
  }
  for (let digits = size < minNormal ? 1 : 6; digits < 9; digits++) {
    const decimal = Number(float.toPrecision(digits));
    if (Math.fround(decimal) === float) return decimal;
  }
  return Number(float.toPrecision(9));
}

/** A state with more takes a millisecond at least, and several where its numbers are very small or very large. */
export const longState = 4096;

/** The same for a long state; others have their turn in between. */
export async function toNumbersInTurns(state: Float32Array, timeSlice: TimeSlice): Promise<number[]> {
  const numbers: number[] = [];
  for (let start = 0; start < state.length; start += longState) {
    if (start > 0 && timeSlice.isOver) await timeSlice.next();
    const end = Math.min(start + longState, state.length);
    for (let index = start; index < end; index++) numbers.push(shortest(state[index] ?? 0));
  }
  return numbers;
}

/** Each number as a text, where a long list takes several turns of the event loop. */
export async function toTextsInTurns(numbers: readonly number[], timeSlice: TimeSlice): Promise<string[]> {
  const texts: string[] = [];
  for (let start = 0; start < numbers.length; start += longState) {
    if (start > 0 && timeSlice.isOver) await timeSlice.next();
    const end = Math.min(start + longState, numbers.length);
    for (let index = start; index < end; index++) texts.push(String(numbers[index]));
  }
  return texts;
}

/** The numbers of a state as they are printed. */
export function toNumbers(state: Float32Array): number[] {
  const numbers: number[] = [];
  // Pushed one by one, V8 keeps doubles as doubles, which saves memory and time when they are printed.
  for (let index = 0; index < state.length; index++) numbers.push(shortest(state[index] ?? 0));
  return numbers;
}
