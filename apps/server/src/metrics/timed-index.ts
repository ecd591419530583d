import type { StateIndex } from "../search/state-index.js";
import type { Metrics } from "./metrics.js";

/** The same index, whose searches are timed. */
export function timedIndex(index: StateIndex, metrics: Pick<Metrics, "searched">): StateIndex {
  return {
    search: async (moduleId, query, limit) => {
      const began = performance.now();
      const found = await index.search(moduleId, query, limit);
      metrics.searched(performance.now() - began);
      return found;
    },
    stats: () => index.stats(),
  };
}
