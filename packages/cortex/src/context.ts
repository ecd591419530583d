/**
 * The context of a question, oldest first, from what a caller of the API tells: the current state, and
 * the states before it **most recent first**. The first of these may repeat the current state; one such
 * repeat is dropped. A state that is to count as having come twice in a row must be given twice.
 */
export function toContext(current: number, previous: readonly number[] = []): number[] {
  const before = previous[0] === current ? previous.slice(1) : previous;
  return [...before.toReversed(), current];
}
