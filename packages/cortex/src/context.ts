/** The readings of what a caller says of the states before. */
export interface Contexts {
  /** Ids **oldest first**, the current state last. */
  readonly context: readonly number[];
  /** What is meant where the log knows nothing of `context`; absent where there is no doubt. */
  readonly otherwise?: readonly number[];
}

/**
 * The context of a question, from what a caller of the API says: the current state, and the states before
 * it **most recent first**.
 *
 * Some callers put the current state in front of the states before it, others do not. So where these begin
 * with the current state, k times, it has come k times in a row, or once more. Where the log ends with the
 * current state, its end decides: more than k times there means once more, else one is dropped. Where the log
 * ends otherwise, the caller's list is taken literally, and `otherwise` is the reading with one dropped.
 *
 * @param newest How many times in a row the current state comes at the end of the log, counted up to one more
 * than `previous` begins with; see `leadingRepeats`.
 */
export function toContexts(current: number, previous: readonly number[], newest: number): Contexts {
  const asSaid = [...previous.toReversed(), current];
  const repeats = leadingRepeats(current, previous);
  if (repeats === 0 || newest > repeats) return { context: asSaid };
  const dropped = asSaid.slice(0, -1);
  return newest > 0 ? { context: dropped } : { context: asSaid, otherwise: dropped };
}

/** How many times in a row a list begins with an id. */
export function leadingRepeats(id: number, ids: readonly number[]): number {
  const other = ids.findIndex((each) => each !== id);
  return other === -1 ? ids.length : other;
}
