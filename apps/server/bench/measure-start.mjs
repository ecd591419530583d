// What a start takes, and what a server holds that nobody calls.
import { setTimeout } from "node:timers/promises";
import { median, show } from "./numbers.mjs";
import { memoryOf } from "./process-costs.mjs";
import { firstAnswer, startServer } from "./processes.mjs";
import { addStates, seed } from "./seed.mjs";

const firstAnswerCase = "first answer after a start, ms";
const idleMemoryCase = "idle memory, MB";

export const startSection = {
  id: "start",
  cases: () => [
    { name: firstAnswerCase, target: 1000 },
    { name: idleMemoryCase, target: 150 },
  ],

  /** Of a server on 1,000 states. */
  measure: async (cases, bench) => {
    await seed(bench.dist, bench.folder, (store) => addStates(store, "rows", { rows: 1000, shape: 5 }));
    const times = [];
    const idle = [];
    for (let round = 0; round < bench.rounds; round++) {
      const server = await startServer(bench.dist, bench.folder);
      await setTimeout(1000 * Math.min(1, bench.scale));
      idle.push(memoryOf(server.pid) / 1e6);
      await server.stop();
      times.push(await firstAnswer(bench.dist, bench.folder, { path: "/v1/ess/rows/7", token: server.token }));
    }
    const figures = { [firstAnswerCase]: median(times), [idleMemoryCase]: median(idle) };
    return cases.map(({ name, target }) => ({ Measured: name, figure: show(figures[name]), target }));
  },
};
