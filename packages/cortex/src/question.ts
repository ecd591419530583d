import type { Prediction, Question } from "./predictor.js";

/** @throws RangeError for a number outside its range or an empty context, or readings of different states. */
export function requireQuestion({ range, recall, n, context, otherwise }: Question): void {
  if (range !== Infinity) requireWhole("range", range, 1);
  if (recall !== Infinity) requireWhole("recall", recall, 1);
  requireWhole("n", n, 0);
  requireWhole("the length of context", context.length, 1);
  if (otherwise !== undefined && otherwise.at(-1) !== context.at(-1)) {
    throw new RangeError("context and otherwise end with different ids; both must end with the current state");
  }
}

function requireWhole(name: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min) {
    throw new RangeError(`${name} is ${value}, must be a whole number from ${min}`);
  }
}

/** What a chain goes on to where the log is silent; undefined where there is no other state. */
export type Nearest = (id: number) => Promise<Prediction | undefined>;

/** The question's nearest other ESS, remembered: a chain may come by the same state many times. */
export function nearestOnce({ nearestOther }: Pick<Question, "nearestOther">): Nearest {
  const found = new Map<number, number>();
  return async (id) => {
    const nearest = found.get(id) ?? (await nearestOther(id));
    if (nearest === undefined) return undefined;
    found.set(id, nearest);
    return { id: nearest, source: "nearest", evidence: [] };
  };
}
