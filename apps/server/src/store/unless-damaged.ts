import { StoreDamagedError } from "./port/store.js";

/** What a read gives; where the data that it needs is damaged, something else, so that what does not need it goes on. */
export async function unlessDamaged<T, Else>(
  read: Promise<T>,
  otherwise: (error: StoreDamagedError) => Else,
): Promise<T | Else> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof StoreDamagedError) return otherwise(error);
    throw error;
  }
}
