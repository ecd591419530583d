// What a request costs: ours beside the bare minimum and beside Express and ts-rest as they come.
import { load, toBytes } from "./load.mjs";
import { median } from "./numbers.mjs";
import { call, cpuOf } from "./processes.mjs";

const connections = 10;
/** Left out of raw headers: Node adds them to each answer by itself. */
const ownHeaders = new Set(["date", "connection", "keep-alive"]);

/** The requests that are measured, upon the module `rows` of at least 100 states of 5 floats. */
const requests = {
  "GET one ESS": { request: { path: "/v1/ess/rows/7" }, count: 10_000, target: 2.5 },
  "GET 100 ESS": { request: { path: "/v1/ess/rows?limit=100" }, count: 1000 },
  "POST sequence": { request: post("/v1/sequence", { module_id: "rows", instance_id: 1 }), count: 3000 },
  "POST ess, 5 floats": { request: post("/v1/ess", essOf("rows", 5)), count: 3000 },
  "POST ess, 1,536 floats": { request: post("/v1/ess", essOf("wide", 1536)), count: 500 },
};

export const requestNames = Object.keys(requests);

/**
 * Measures one request on each of the servers in turn, several times over.
 *
 * @param servers `ours`, `raw` and `stock`.
 */
export async function measureRequest(name, servers, { rounds, scale }) {
  const { request, count, target } = requests[name];
  const { ours, raw, stock } = servers;
  const told = await call(ours.port, { ...request, token: ours.token });
  const rawHeaders = told.rawHeaders.filter((_, at, all) => !ownHeaders.has(all[at - (at % 2)].toLowerCase()));
  for (const reference of [raw, stock]) await reference.say({ status: told.status, rawHeaders, body: told.body });
  const bytes = toBytes({ ...request, token: ours.token });
  const run = async (server, share) => {
    const requests = Math.ceil(count * scale * share);
    const before = cpuOf(server.pid);
    const { elapsed } = await load(server.port, bytes, { connections, count: requests, status: told.status });
    return { cpu: (cpuOf(server.pid) - before) / requests, rate: requests / (elapsed / 1000) };
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
    measured.push({ own, raw: (rawBefore.cpu + rawAfter.cpu) / 2, stock: byTheBook.cpu });
  }
  return {
    name,
    target,
    cpu: median(measured.map(({ own }) => own.cpu)),
    raw: median(measured.map(({ raw }) => raw)),
    ratio: median(measured.map(({ own, raw }) => own.cpu / raw)),
    stockRatio: median(measured.map(({ stock, raw }) => stock / raw)),
    rate: median(measured.map(({ own }) => own.rate)),
  };
}

function post(path, body) {
  return { method: "POST", path, body };
}

function essOf(module_id, shape) {
  return { module_id, state: Array.from({ length: shape }, (_, place) => ((place * 37) % 1000) / 10), valence: 50 };
}
