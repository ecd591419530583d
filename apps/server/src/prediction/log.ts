import type { Reader } from "../store/store.js";

const pageSize = 1000;

/**
 * The ESS ids of the newest `count` entries of a log, oldest first; all of them where there are fewer. Takes
 * eight bytes for each of `count`.
 *
 * @param status Only entries with this status count, where it is not null.
 */
export async function readNewestIds(
  reader: Reader,
  moduleId: string,
  count: number,
  status: string | null,
): Promise<Float64Array> {
  // Filled from its end, as the newest come first.
  const ids = new Float64Array(count);
  let first = count;
  let after: number | undefined;
  while (first > 0) {
    const limit = Math.min(pageSize, first);
    const page = { order: "desc", limit, ...(after !== undefined && { after }) } as const;
    const rows = await reader.observationPage(moduleId, page, status ?? undefined);
    for (const row of rows) ids[--first] = row.instance_id;
    after = rows.at(-1)?.id;
    if (rows.length < limit) break;
  }
  return ids.subarray(first);
}
