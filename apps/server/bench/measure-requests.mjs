// What a request costs: ours beside the bare minimum and beside Express and ts-rest as they come.
import { load, toBytes } from "./load.mjs";
import { median, show } from "./numbers.mjs";
import { cpuOf } from "./process-costs.mjs";
import { call, startReference, startServer } from "./processes.mjs";
import { addStates, seed } from "./seed.mjs";

const connections = 10;
/** The requests that are measured, upon the module `rows` of at least 100 states of 5 floats. */
const requests = {
  "GET one ESS": { request: { path: "/v1/ess/rows/7" }, count: 10_000, target: 2.5 },
  "GET 100 ESS": { request: { path: "/v1/ess/rows?limit=100" }, count: 1000 },
  "POST sequence": { request: post("/v1/sequence", { module_id: "rows", instance_id: 1 }), count: 3000 },
  "POST ess, 5 floats": { request: post("/v1/ess", essOf("rows", 5)), count: 3000 },
  "POST ess, 1,536 floats": { request: post("/v1/ess", essOf("wide", 1536)), count: 500 },
};

export const requestSection = {
  id: "requests",
  cases: () => Object.entries(requests).map(([name, request]) => ({ name, ...request })),

  /** Processor time of the server for a request, and how many times that of the references it is. */
  measure: async (cases, bench) => {
    await seed(bench.dist, bench.folder, async (store) => {
      await addStates(store, "rows", { rows: 1000, shape: 5 });
      await addStates(store, "wide", { rows: 1, shape: 1536 });
    });
    const servers = {
      ours: await startServer(bench.dist, bench.folder),
      raw: await startReference("raw-server.mjs"),
      stock: await startReference("stock-server.mjs"),
    };
    const rows = [];
    for (const request of cases) rows.push(await measureRequest(request, servers, bench));
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    return rows;
  },
};

/** Measures one request on each of the servers in turn, several times over. */
async function measureRequest({ name, request, count, target }, { ours, raw, stock }, { rounds, scale }) {
  const told = await call(ours.port, { ...request, token: ours.token });
  for (const reference of [raw, stock]) await reference.imitate(told);
  const bytes = [toBytes({ ...request, token: ours.token })];
  const run = async (server, share) => {
    const requests = Math.ceil(count * scale * share);
    const before = cpuOf(server.pid);
    await load(server.port, bytes, { connections, count: requests, status: told.status, awake: true });
    return (cpuOf(server.pid) - before) / requests;
  };
  // Compiled and warm before anything counts.
  for (const server of [ours, raw, stock]) await run(server, 1);
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    const [rawBefore, own, rawAfter, byTheBook] = [
      await run(raw, 0.5),
      await run(ours, 1),
      await run(raw, 0.5),
      await run(stock, 0.5),
    ];
    measured.push({ own, raw: (rawBefore + rawAfter) / 2, stock: byTheBook });
  }
  const middle = (figure) => show(median(measured.map(figure)));
  return {
    Request: name,
    "CPU, µs": middle(({ own }) => own),
    "raw `node:http`, µs": middle(({ raw }) => raw),
    "x raw": middle(({ own, raw }) => own / raw),
    "stock Express + ts-rest, x raw": middle(({ stock, raw }) => stock / raw),
    "target, x raw": target ?? "",
  };
}

function post(path, body) {
  return { method: "POST", path, body };
}

function essOf(module_id, shape) {
  return { module_id, state: Array.from({ length: shape }, (_, place) => ((place * 37) % 1000) / 10), valence: 50 };
}
