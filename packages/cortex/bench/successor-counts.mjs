// The cost of long chains on long logs, the least of five runs: node bench/successor-counts.mjs, after a build.
import { setImmediate as nextTurn } from "node:timers/promises";
import { successorCounts } from "../dist/index.js";

/** Equal seeds give equal logs (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function logOf(rows, idAt) {
  return Int32Array.from({ length: rows }, (_, row) => idAt(row));
}

const random = randomNumbers(1);
const logs = {
  "one id": logOf(200_000, () => 1),
  "period 2": logOf(200_000, (row) => 1 + (row % 2)),
  "period 7 of 3 ids": logOf(200_000, (row) => [1, 1, 2, 1, 3, 2, 2][row % 7]),
  "2 ids at random": logOf(200_000, () => 1 + Math.floor(random() * 2)),
  "3 ids, mostly the first": logOf(200_000, () => (random() < 0.99 ? 1 : 2 + Math.floor(random() * 2))),
  "1,000 ids at random": logOf(200_000, () => 1 + Math.floor(random() * 1000)),
  "never repeats": logOf(200_000, (row) => 1 + row),
};

async function measure(log, scope, contextLength) {
  const context = Array.from(log.subarray(-contextLength));
  const sources = { history: 0, nearest: 0 };
  let maxTurn = 0;
  const begin = performance.now();
  let turnBegin = begin;
  const pause = async () => {
    maxTurn = Math.max(maxTurn, performance.now() - turnBegin);
    await nextTurn();
    turnBegin = performance.now();
  };
  const nearestOther = (id) => (id % 1000) + 1;
  for await (const { source } of successorCounts.predict({
    log,
    context,
    match: "whole",
    ...scope,
    nearestOther,
    pause,
  })) {
    sources[source] += 1;
  }
  const end = performance.now();
  return { total: end - begin, maxTurn: Math.max(maxTurn, end - turnBegin), sources };
}

const cases = [
  { scope: { n: 1, range: 2, recall: 2 }, contextLength: 2, rows: 1_000 },
  { scope: { n: 300, range: 300, recall: 300 }, contextLength: 300, rows: 100_000 },
  { scope: { n: 1, range: 8, recall: 100_000 }, contextLength: 8, rows: 200_000 },
  { scope: { n: 10_000, range: 100_000, recall: 100_000 }, contextLength: 100_000, rows: 200_000 },
];

for (const { scope, contextLength, rows } of cases) {
  process.stdout.write(`\n${JSON.stringify(scope)}, log of ${rows} rows\n`);
  for (const [name, log] of Object.entries(logs)) {
    const kept = log.slice(-rows);
    const measured = [];
    for (let run = 0; run < 5; run += 1) measured.push(await measure(kept, scope, contextLength));
    const total = Math.min(...measured.map((run) => run.total));
    const maxTurn = Math.min(...measured.map((run) => run.maxTurn));
    const { sources } = measured[0];
    process.stdout.write(
      `  ${name.padEnd(24)} ${total.toFixed(1).padStart(8)} ms, longest turn ${maxTurn.toFixed(1).padStart(5)} ms` +
        `  (history ${sources.history}, nearest ${sources.nearest})\n`,
    );
  }
}
