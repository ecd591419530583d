/** The powers of ten that a double holds exactly, by their exponent: from 10^0 to 10^22. */
export const powersOfTen: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
