import { setImmediate } from "node:timers/promises";
import type { Observation, Page, Reader } from "../store/port/store.js";

const pageSize = 1000;

/**
 * The log that a question is answered from, as it was when it was asked: the observations of a module, with one
 * status alone where the question says so. Entries that are added meanwhile are not in it.
 */
export interface OwnLog {
  readonly moduleId: string;
  readonly status: string | null;
  /** Its newest entry; undefined where it has none. */
  readonly newest: Observation | undefined;
}

/** The log of a module as it is now. */
export async function openLog(reader: Reader, moduleId: string, status: string | null): Promise<OwnLog> {
  const [newest] = await reader.observationPage(moduleId, { order: "desc", limit: 1 }, status ?? undefined);
  return { moduleId, status, newest };
}

/**
 * The ESS ids of the newest `count` entries of a log, oldest first; all of them where there are fewer. Takes
 * eight bytes for each of `count`. Others have their turn after each thousand.
 */
export async function readNewestIds(
  reader: Reader,
  { moduleId, status, newest }: OwnLog,
  count: number,
): Promise<Float64Array> {
  // Filled from its end, as the newest come first.
  const ids = new Float64Array(count);
  let first = count;
  let after = newest === undefined ? 0 : newest.id + 1;
  while (first > 0) {
    const page: Page = { order: "desc", limit: Math.min(pageSize, first), after };
    const rows = await reader.observationPage(moduleId, page, status ?? undefined);
    for (const row of rows) ids[--first] = row.instance_id;
    if (rows.length < page.limit) break;
    after = rows.at(-1)?.id ?? 0;
    if (first > 0) await setImmediate();
  }
  return ids.subarray(first);
}
