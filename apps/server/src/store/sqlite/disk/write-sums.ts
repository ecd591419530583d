import { setImmediate } from "node:timers/promises";
import { blockOf, firstPageOf, noSum, type SumsFile } from "./sums-file.js";

/** Blocks that are written before others have their turn. */
const blocksAtOnce = 32;

/**
 * Writes the sums of some pages; durable with the next flush.
 *
 * @param changed Sums by page.
 * @param renew Writes a block anew that is damaged.
 */
export async function writeSums(
  file: SumsFile,
  changed: ReadonlyMap<number, number>,
  renew: (block: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const pages = [...changed.keys()].toSorted((a, b) => a - b);
  for (let from = 0, to = 0, written = 0; from < pages.length; from = to, written++) {
    const block = blockOf(pages[from] as number);
    while (to < pages.length && blockOf(pages[to] as number) === block) to += 1;
    let known = file.read(block);
    if (known === undefined) {
      await renew(block);
      known = file.read(block) ?? new Uint32Array();
    }
    const first = firstPageOf(block);
    const next = new Uint32Array(Math.max(known.length, (pages[to - 1] as number) - first + 1)).fill(noSum);
    next.set(known);
    for (const page of pages.slice(from, to)) next[page - first] = changed.get(page) as number;
    file.write(block, next);
    if (written % blocksAtOnce === blocksAtOnce - 1) await setImmediate();
  }
}
