// Exact searches over HTTP and in the index alone, beside reading the same bytes from memory once.
import { memoryReader } from "./baselines.mjs";
import { openIndexes, timeSearches } from "./index-searches.mjs";
import { load, toBytes } from "./load.mjs";
import { median, quantile, randomState, show } from "./numbers.mjs";
import { startServer } from "./processes.mjs";
import { addStates, seed } from "./seed.mjs";

const nearest = 10;
/** Searches in a round, one right after the other: reading other memory in between would empty the caches. */
const searches = 20;
const reads = 5;
const targets = { "100,000 x 128": 5, "100,000 x 1,536": 40 };

export const searchSection = {
  id: "search",
  cases: (scale) =>
    [10_000, 100_000].flatMap((count) =>
      [5, 128, 1536].map((shape) => {
        const rows = Math.ceil(count * scale);
        const size = `${show(rows)} x ${show(shape)}`;
        return { name: `search ${size}`, rows, shape, target: targets[size] };
      }),
    ),

  measure: async (cases, bench) => {
    await seed(bench.dist, bench.folder, async (store) => {
      for (const { name, rows, shape } of cases) await addStates(store, name, { rows, shape });
    });
    const indexes = await openIndexes(bench.dist);
    const server = await startServer(bench.dist, bench.folder);
    const rows = [];
    for (const each of cases) rows.push(await measureSize(each, server, { indexes, ...bench }));
    await server.stop();
    return rows;
  },
};

async function measureSize({ name, rows, shape, target }, { port, token }, { indexes, rounds }) {
  const ask = async (states, limit) => {
    const requests = states.map((state) => {
      const body = { module_id: name, state: [...state], limit };
      return toBytes({ method: "POST", path: "/v1/ess/search", token, body });
    });
    return (await load(port, requests, { connections: 1, count: states.length, status: 200 })).times;
  };
  const queries = Array.from({ length: rounds * searches }, (_, at) => randomState(-1 - at, shape));
  const stored = queries.map((_, at) => randomState(1 + ((at * 997) % rows), shape));
  const [first] = await ask(queries.slice(0, 1), nearest);
  await ask(queries.slice(0, searches), nearest);
  const readMemory = memoryReader(rows * shape * 4);
  const overHttp = [];
  const identical = [];
  const reading = [];
  for (let at = 0; at < queries.length; at += searches) {
    overHttp.push(...(await ask(queries.slice(at, at + searches), nearest)));
    identical.push(...(await ask(stored.slice(at, at + searches), 1)));
    for (let read = 0; read < reads; read++) reading.push(readMemory());
  }

  const index = indexes.fastest({ rows, shape });
  const inProcess = await timeSearches(index, queries, nearest);
  const plainIndex = indexes.plain({ rows, shape });
  const memory = median(reading);
  return {
    Measured: name,
    "over HTTP, k = 10, ms": show(median(overHttp)),
    "99 %": show(quantile(overHttp, 0.99)),
    "in the index, k = 10, ms": show(inProcess),
    "target, ms": target ?? "",
    "reading the bytes, ms": show(memory),
    "over HTTP, x reading": show(median(overHttp) / memory),
    "in the index, x reading": show(inProcess / memory),
    "index without SIMD, ms": plainIndex
      ? show(await timeSearches(plainIndex, queries.slice(0, searches), nearest))
      : "",
    "identical over HTTP, k = 1, ms": show(median(identical)),
    "identical in the index, k = 1, ms": show(await timeSearches(index, stored, 1)),
    "first over HTTP, ms": show(first),
  };
}
