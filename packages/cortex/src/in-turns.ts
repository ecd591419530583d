/** Does something for 0, 1, 2... `count` - 1, with a pause after every `perTurn` of them but the last. */
export async function inTurns(
  count: number,
  perTurn: number,
  pause: () => Promise<unknown>,
  work: (index: number) => void,
): Promise<void> {
  for (let from = 0; from < count; from += perTurn) {
    if (from > 0) await pause();
    const to = Math.min(count, from + perTurn);
    for (let index = from; index < to; index += 1) work(index);
  }
}
