// A list that is far larger than what the server may hold: how fast it goes out, and what it takes meanwhile.
import { request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { median, show } from "./numbers.mjs";
import { cpuOf, memoryOf, peakOf, resetPeak } from "./process-costs.mjs";
import { startServer } from "./processes.mjs";
import { addSequence, addStates, seed } from "./seed.mjs";

const states = 1000;
/** A slow reader takes so many bytes a second. */
const slowPace = 16e6;
/** Flat: far less than the list itself, and the same for any length. */
const target = 50;

export const listSection = {
  id: "list",
  cases: (scale) => {
    const rows = Math.ceil(1_000_000 * scale);
    const name = `GET sequence, ${show(rows)} rows`;
    return [
      { name: `${name}, read at once`, rows, pace: Infinity },
      { name: `${name}, slow reader`, rows, pace: slowPace },
    ];
  },

  measure: async (cases, bench) => {
    await seed(bench.dist, bench.folder, async (store) => {
      await addStates(store, "log", { rows: states, shape: 5 });
      await addSequence(store, "log", { rows: cases[0].rows, states });
    });
    const rows = [];
    for (const each of cases) rows.push(await measureList(each, bench));
    return rows;
  },
};

async function measureList({ name, rows, pace }, { dist, folder, rounds }) {
  const server = await startServer(dist, folder);
  await setTimeout(500);
  const held = memoryOf(server.pid);
  const measured = [];
  // A slow reader shows no more the second time, and takes its time.
  for (let round = 0; round < (pace === Infinity ? rounds : 1); round++) {
    resetPeak(server.pid);
    const cpu = cpuOf(server.pid);
    const { elapsed, bytes } = await readList(server, { rows, pace });
    measured.push({ elapsed, bytes, cpu: cpuOf(server.pid) - cpu, peak: peakOf(server.pid) - held });
  }
  await server.stop();
  const middle = (figure) => show(median(measured.map(figure)));
  return {
    Measured: name,
    "rows a second": middle(({ elapsed }) => rows / (elapsed / 1000)),
    "MB a second": middle(({ elapsed, bytes }) => bytes / 1e6 / (elapsed / 1000)),
    "CPU, µs a row": middle(({ cpu }) => cpu / rows),
    "list, MB": middle(({ bytes }) => bytes / 1e6),
    "memory before, MB": show(held / 1e6),
    // The highest of all, as it is a bound.
    "most above it, MB": show(Math.max(...measured.map(({ peak }) => peak / 1e6))),
    "target, MB": target,
  };
}

/**
 * Reads a whole list at a pace in bytes a second; resolves with its bytes and the milliseconds.
 *
 * @throws Error for a list that is cut short or has another number of rows.
 */
async function readList({ port, token }, { rows, pace }) {
  const begin = performance.now();
  const headers = { authorization: `Bearer ${token}` };
  const res = await new Promise((resolve, reject) => {
    request({ port, host: "127.0.0.1", path: "/v1/sequence/log", headers }, resolve).on("error", reject).end();
  });
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

/** Rows are flat: each has one brace that opens. */
function countRows(chunk) {
  let count = 0;
  for (let at = chunk.indexOf("{"); at >= 0; at = chunk.indexOf("{", at + 1)) count += 1;
  return count;
}
