import type { Reader } from "../store/store.js";

const pageSize = 1000;

/**
 * The ESS ids of the newest `count` entries of a log, oldest first; all of them where there are fewer.
 *
 * @param status Only entries with this status count, where it is not null.
 */
export async function readNewestIds(
  reader: Reader,
  moduleId: string,
  count: number,
  status: string | null,
): Promise<number[]> {
  const newestFirst: number[] = [];
  let after: number | undefined;
  while (newestFirst.length < count) {
    const limit = Math.min(pageSize, count - newestFirst.length);
    const page = { order: "desc", limit, ...(after !== undefined && { after }) } as const;
    const rows = await reader.sequencePage(moduleId, page, status ?? undefined);
    for (const row of rows) newestFirst.push(row.instance_id);
    after = rows.at(-1)?.id;
    if (rows.length < limit) break;
  }
  return newestFirst.toReversed();
}
