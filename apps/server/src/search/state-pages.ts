import type { EssState, Reader } from "../store/port/store.js";

/**
 * The states of a module as the store returns them, ascending by id, page by page. A page is a quarter of a
 * megabyte at most, or one state: a store may read it without a turn for others. Between pages others
 * may write: each row is returned once, as it was when its page was read.
 */
export async function* statePages(
  reader: Pick<Reader, "states">,
  moduleId: string,
  shape: number,
): AsyncGenerator<EssState[]> {
  const limit = statesPerPage(shape);
  let after: number | undefined;
  for (;;) {
    const page = await reader.states(moduleId, after === undefined ? { limit } : { limit, after });
    yield page;
    after = page.at(-1)?.id;
    if (page.length < limit) return;
  }
}

/** How many states of `shape` numbers make a page. */
export function statesPerPage(shape: number): number {
  return Math.min(1024, Math.max(1, Math.floor(2 ** 16 / Math.max(1, shape))));
}
