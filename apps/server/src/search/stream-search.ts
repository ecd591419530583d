import type { ModuleRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import type { DistanceKernel } from "./distance-kernel.js";
import type { Neighbour } from "./nearest-list.js";
import { Scan } from "./scan.js";
import { statePages, statesPerPage } from "./state-pages.js";
import type { TimeSlice } from "../event-loop/time-slice.js";

/**
 * The same result as `StateMatrix.nearest`, for a module that does not fit in memory: its states are
 * read page by page, and only one page is held.
 */
export async function streamSearch(
  reader: Pick<Reader, "states">,
  { module_id: moduleId, shape }: Pick<ModuleRow, "module_id" | "shape">,
  query: Float32Array,
  limit: number,
  { kernel, timeSlice }: { readonly kernel: DistanceKernel; readonly timeSlice: TimeSlice },
): Promise<Neighbour[]> {
  const scan = new Scan(kernel, query, limit);
  const rows = statesPerPage(shape);
  const block = { states: new Float32Array(rows * shape), ids: new Float64Array(rows) };
  for await (const page of statePages(reader, moduleId, shape)) {
    for (const [row, { id, state }] of page.entries()) {
      block.ids[row] = id;
      block.states.set(state, row * shape);
    }
    for (let isDone = scan.offer(block, page.length); !isDone; isDone = scan.goOn()) {
      if (timeSlice.isOver) await timeSlice.next();
    }
    // Ids ascend, so no later row displaces an identical one.
    if (scan.isSettled) break;
    if (timeSlice.isOver) await timeSlice.next();
  }
  return scan.toArray();
}
