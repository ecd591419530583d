/**
 * The constant of reciprocal rank fusion: how little the first ranks stand out. 60 is the value of the
 * method's authors, who found that it hardly matters.
 */
const rankConstant = 60;

/**
 * Joins rankings whose scores cannot be compared into one: each item gains 1 / (60 + rank) by every ranking
 * that it is in, ranks counting from 1. Equal sums stand in the order of the first ranking that has them.
 *
 * Source: G. V. Cormack, C. L. A. Clarke, S. Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and
 * individual Rank Learning Methods", SIGIR 2009.
 *
 * @param rankings Best first.
 * @param keyOf What makes two items the same.
 */
export function fuse<Item, Key>(rankings: readonly (readonly Item[])[], keyOf: (item: Item) => Key): Item[] {
  const sums = new Map<Key, { readonly item: Item; sum: number }>();
  for (const ranking of rankings) {
    for (const [index, item] of ranking.entries()) {
      const entry = sums.get(keyOf(item)) ?? { item, sum: 0 };
      entry.sum += 1 / (rankConstant + index + 1);
      sums.set(keyOf(item), entry);
    }
  }
  return [...sums.values()].sort((a, b) => b.sum - a.sum).map(({ item }) => item);
}
