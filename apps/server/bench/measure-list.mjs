// A list that is far larger than what the server may hold: how fast it goes out, and what it takes meanwhile.
import { request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { median, show } from "./numbers.mjs";
import { cpuOf, memoryOf, peakOf, resetPeak } from "./process-costs.mjs";
import { startServer } from "./processes.mjs";
import { addLog, seed } from "./seed.mjs";

/** Readers that take nothing at the same time, and for how long. */
const stalledReaders = 100;
const stalledMilliseconds = 2000;
/** A slow reader takes so many bytes a second. */
const slowPace = 16e6;
/** Flat: far less than the list itself, and the same for any length. */
const target = 100;

export const listSection = {
  id: "list",
  cases: (scale) => {
    const rows = Math.ceil(1_000_000 * scale);
    const name = `GET sequence, ${show(rows)} rows`;
    return [
      { name: `${name}, read at once`, rows, pace: Infinity },
      { name: `${name}, slow reader`, rows, pace: slowPace },
      { name: `${name}, ${stalledReaders} readers that take nothing`, rows, pace: 0 },
    ];
  },

  measure: async (cases, bench) => {
    await seed(bench.dist, bench.folder, (store) => addLog(store, "log", cases[0].rows));
    const rows = [];
    for (const each of cases) rows.push(await measureCase(each, bench));
    return rows;
  },
};

async function measureCase(each, { dist, folder, rounds }) {
  const server = await startServer(dist, folder);
  await setTimeout(500);
  const held = memoryOf(server.pid);
  const { peak, ...figures } = await (each.pace === 0 ? stall(server) : readAll(server, each, rounds));
  await server.stop();
  return {
    Measured: each.name,
    "rows a second": "",
    "MB a second": "",
    "CPU, µs a row": "",
    "list, MB": "",
    ...figures,
    "memory before, MB": show(held / 1e6),
    "most above it, MB": show((peak - held) / 1e6),
    "target, MB": each.pace === 0 ? "" : target,
  };
}

/** Many ask, and none takes more than the system takes by itself. */
async function stall(server) {
  resetPeak(server.pid);
  const answers = await Promise.all(Array.from({ length: stalledReaders }, () => ask(server)));
  await setTimeout(stalledMilliseconds);
  const peak = peakOf(server.pid);
  for (const res of answers) res.destroy();
  return { peak };
}

async function readAll(server, { rows, pace }, rounds) {
  const measured = [];
  // A slow reader shows no more the second time, and takes its time.
  for (let round = 0; round < (pace === Infinity ? rounds : 1); round++) {
    resetPeak(server.pid);
    const cpu = cpuOf(server.pid);
    const { elapsed, bytes } = await readList(server, { rows, pace });
    measured.push({ elapsed, bytes, cpu: cpuOf(server.pid) - cpu, peak: peakOf(server.pid) });
  }
  const middle = (figure) => show(median(measured.map(figure)));
  return {
    "rows a second": middle(({ elapsed }) => rows / (elapsed / 1000)),
    "MB a second": middle(({ elapsed, bytes }) => bytes / 1e6 / (elapsed / 1000)),
    "CPU, µs a row": middle(({ cpu }) => cpu / rows),
    "list, MB": middle(({ bytes }) => bytes / 1e6),
    // The highest of all, as it is a bound.
    peak: Math.max(...measured.map(({ peak }) => peak)),
  };
}

/**
 * Reads a whole list at a pace in bytes a second; resolves with its bytes and the milliseconds.
 *
 * @throws Error for a list that is cut short or has another number of rows.
 */
async function readList(server, { rows, pace }) {
  const begin = performance.now();
  const res = await ask(server);
  let bytes = 0;
  let found = 0;
  for await (const chunk of res) {
    bytes += chunk.length;
    found += countRows(chunk);
    const early = bytes / pace - (performance.now() - begin) / 1000;
    if (early > 0.01) await setTimeout(1000 * early);
  }
  if (res.statusCode !== 200 || found !== rows) throw new Error(`${res.statusCode}, ${found} rows of ${rows}`);
  return { elapsed: performance.now() - begin, bytes };
}

function ask({ port, token }) {
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    request({ port, host: "127.0.0.1", path: "/v1/sequence/log", headers, agent: false }, resolve)
      .on("error", reject)
      .end();
  });
}

/** Rows are flat: each has one brace that opens. */
function countRows(chunk) {
  let count = 0;
  for (let at = chunk.indexOf("{"); at >= 0; at = chunk.indexOf("{", at + 1)) count += 1;
  return count;
}
