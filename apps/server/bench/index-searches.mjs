// The state index by itself, in this process, over states that are made up as it reads them.
import { median, randomState } from "./numbers.mjs";

/** Opens the index of the built server. */
export async function openIndexes(dist) {
  const { createStateIndex } = await import(new URL("search/state-index.js", dist).href);
  const { kernelFor, loadKernels } = await import(new URL("search/distance-kernel.js", dist).href);
  const { createTimeSlice } = await import(new URL("event-loop/time-slice.js", dist).href);
  const kernels = await loadKernels();
  const timeSlice = createTimeSlice();
  const open = (size, kernels) =>
    createStateIndex({ reader: madeUp(size), memoryBudget: 2 ** 31, timeSlice, kernels: async () => kernels });
  return {
    /** An index of `rows` states with the machine's fastest kernel. */
    fastest: (size) => open(size, kernels),
    /** The same with plain loops; undefined where these are the fastest already. */
    plain: (size) =>
      kernelFor(kernels, size.shape).name === "plain" ? undefined : open(size, { plain: kernels.plain }),
  };
}

/** The median milliseconds of a search for each of some states, once the index is loaded and compiled. */
export async function timeSearches(index, queries, limit) {
  for (const query of queries.slice(0, 10)) await index.search("m", query, limit);
  const times = [];
  for (const query of queries) {
    const begin = performance.now();
    await index.search("m", query, limit);
    times.push(performance.now() - begin);
  }
  return median(times);
}

function madeUp({ rows, shape }) {
  const module = { module_id: "m", shape, ess_count: rows, ess_revision: rows };
  return {
    module: async () => module,
    changes: async () => [],
    states: async (_, { limit, after = 0 }) =>
      Array.from({ length: Math.min(limit, rows - after) }, (_, row) => ({
        id: after + row + 1,
        state: randomState(after + row + 1, shape),
      })),
  };
}
