/**
 * Measures the built server: `pnpm bench`, or `node apps/server/bench/bench.mjs` after a build; Linux
 * only, as it reads the processor's time from /proc. Every figure stands beside a baseline of the same
 * run: raw node:http that sends the same bytes, Express and ts-rest as they come, a bare loop of flushes.
 * `--only GET` measures the cases whose names hold that text, `--rounds` and `--scale` set how much.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { flushRate } from "./baselines.mjs";
import { load, toBytes } from "./load.mjs";
import { measureRequest, requestNames } from "./measure-requests.mjs";
import { median } from "./numbers.mjs";
import { firstAnswer, memoryOf, startReference, startServer } from "./processes.mjs";
import { addStates, seed } from "./seed.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    scale: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    dist: { type: "string", default: new URL("../dist/", import.meta.url).href },
  },
});
const rounds = Number(values.rounds);
const scale = Number(values.scale);
const isWanted = (name) => name.includes(values.only);

// Beside the sources and not in /tmp, which may be memory: flushes must reach the disk.
const folder = mkdtempSync(join(process.cwd(), ".bench-"));
const data = join(folder, "data");
try {
  await seed(values.dist, data, async (store) => {
    await addStates(store, "rows", { rows: 1000, shape: 5 });
    await addStates(store, "wide", { rows: 1, shape: 1536 });
  });
  const ours = await startServer(values.dist, data);
  const idle = memoryOf(ours.pid);
  if (requestNames.some(isWanted)) console.table(await measureRequests(ours));
  console.table(await measureDurability(ours));
  await ours.stop();
  console.table(await measureStart(ours.token, idle));
} finally {
  rmSync(folder, { recursive: true });
}

/** Processor time of the server for a request, and how many times that of the references it is. */
async function measureRequests(ours) {
  const servers = {
    ours,
    raw: await startReference("raw-server.mjs"),
    stock: await startReference("stock-server.mjs"),
  };
  const rows = [];
  for (const name of requestNames.filter(isWanted)) {
    const { cpu, raw, ratio, stockRatio, target } = await measureRequest(name, servers, { rounds, scale });
    rows.push({
      request: name,
      "CPU, us": cpu.toFixed(0),
      "raw, us": raw.toFixed(0),
      "x raw": ratio.toFixed(1),
      "stock x raw": stockRatio.toFixed(1),
      target: target ?? "",
    });
  }
  await Promise.all([servers.raw.stop(), servers.stock.stop()]);
  return rows;
}

/** Entries that were made durable a second, beside flushes a second of a bare loop on the same disk. */
async function measureDurability({ port, token }) {
  const bytes = toBytes({ method: "POST", path: "/v1/sequence", token, body: { module_id: "rows", instance_id: 1 } });
  const rows = [];
  for (const [writers, count, target] of [
    [1, 1500, 0.5],
    [32, 8000, 3],
  ]) {
    const ratios = [];
    const rates = [];
    for (let round = 0; round < rounds; round++) {
      const flushes = flushRate(folder, 400);
      const requests = Math.ceil(count * scale);
      const { elapsed } = await load(port, bytes, { connections: writers, count: requests, status: 201 });
      rates.push(requests / (elapsed / 1000));
      ratios.push(rates.at(-1) / flushes);
    }
    const rate = median(rates).toFixed(0);
    rows.push({ request: "POST sequence", writers, "a second": rate, "x flushes": median(ratios).toFixed(2), target });
  }
  return rows;
}

/** What a start takes and what an idle server holds. */
async function measureStart(token, idle) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    times.push(await firstAnswer(values.dist, data, { path: "/v1/ess/rows/7", token }));
  }
  return [
    { what: "first answer after a start, ms", figure: median(times).toFixed(0), target: 1000 },
    { what: "idle memory, MB", figure: (idle / 1e6).toFixed(0), target: 150 },
  ];
}
