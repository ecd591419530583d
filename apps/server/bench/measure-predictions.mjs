// What a chain of predicted states takes over HTTP, on a long log: the first one of a server, and those after it.
import { load, toBytes } from "./load.mjs";
import { median, show } from "./numbers.mjs";
import { startServer } from "./processes.mjs";
import { addLog, seed } from "./seed.mjs";

const steps = 300;
const warmCalls = 5;

export const predictionSection = {
  id: "predictions",
  cases: (scale) => {
    const rows = Math.ceil(100_000 * scale);
    const name = (scope) => `POST predictions, n = ${steps}, log of ${show(rows)} rows, ${scope}`;
    return [
      { name: name("range = 2, recall = 2"), rows, range: 2, recall: 2 },
      { name: name("range = 8, recall = all"), rows, range: 8, recall: rows },
    ];
  },

  measure: async (cases, bench) => {
    await seed(bench.dist, bench.folder, (store) => addLog(store, "log", cases[0].rows));
    const rows = [];
    for (const each of cases) rows.push(await measureChain(each, bench));
    return rows;
  },
};

async function measureChain({ name, range, recall }, { dist, folder, rounds }) {
  const first = [];
  const after = [];
  for (let round = 0; round < rounds; round++) {
    // A new server each time: the first chain finds nothing read and nothing compiled.
    const { port, token, stop } = await startServer(dist, folder);
    const body = { module_id: "log", range, recall, n: steps };
    const bytes = [toBytes({ method: "POST", path: "/v1/predictions/raw", token, body })];
    const { times } = await load(port, bytes, { connections: 1, count: 1 + warmCalls, status: 200 });
    first.push(times[0]);
    after.push(median(times.slice(1)));
    await stop();
  }
  return { Measured: name, "first, ms": show(median(first)), "next ones, ms": show(median(after)) };
}
