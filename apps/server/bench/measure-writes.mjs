// How many writes a second become durable: beside how often the disk can be flushed, and beside what HTTP itself allows.
import { appendFlushRate, overwriteFlushRate } from "./baselines.mjs";
import { load, toBytes } from "./load.mjs";
import { median, quantile, show } from "./numbers.mjs";
import { cpuOf } from "./process-costs.mjs";
import { call, startReference, startServer } from "./processes.mjs";
import { addStates, seed } from "./seed.mjs";

/** A run takes this long; the loops of flushes between the runs a quarter of it each. */
const runMilliseconds = 1200;
const request = { method: "POST", path: "/v1/sequence", body: { module_id: "rows", instance_id: 1 } };

export const writeSection = {
  id: "writes",
  cases: () => [
    { name: "POST sequence, durable, 1 writer", writers: 1, target: 0.5 },
    { name: "POST sequence, durable, 32 writers", writers: 32, target: 3 },
  ],

  /** The rate of `POST /sequence` with some writers at a time, each waiting for its answer. */
  measure: async (cases, bench) => {
    await seed(bench.dist, bench.folder, (store) => addStates(store, "rows", { rows: 1000, shape: 5 }));
    const ours = await startServer(bench.dist, bench.folder);
    const raw = await startReference("raw-server.mjs");
    await raw.imitate(await call(ours.port, { ...request, token: ours.token }));
    const rows = [];
    const all = [];
    for (const each of cases) {
      const rounds = await measureWriters(each, { ours, raw }, bench);
      rows.push(...writerRows(each, rounds));
      all.push(...rounds);
    }
    await Promise.all([ours.stop(), raw.stop()]);
    return [...rows, ...flushRows(all)];
  },
};

/** What each round found, for ours and for all that it stands beside. */
async function measureWriters({ writers }, { ours, raw }, { folder, rounds, scale }) {
  const bytes = [toBytes({ ...request, token: ours.token })];
  const milliseconds = runMilliseconds * scale;
  const run = async (server, count) => {
    const before = cpuOf(server.pid);
    const { elapsed, times } = await load(server.port, bytes, { connections: writers, count, status: 201 });
    return { rate: count / (elapsed / 1000), cpu: (cpuOf(server.pid) - before) / count, times };
  };
  const countFor = async (server) => {
    await run(server, 50 * writers);
    const { rate } = await run(server, 50 * writers);
    return Math.ceil(rate * (milliseconds / 1000));
  };
  const ownCount = await countFor(ours);
  const rawCount = Math.ceil((await countFor(raw)) / 2);
  const flushes = () => ({
    overwrite: overwriteFlushRate(folder, milliseconds / 4),
    append: appendFlushRate(folder, milliseconds / 4),
  });
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    const before = flushes();
    const own = await run(ours, ownCount);
    const after = flushes();
    measured.push({
      own,
      raw: await run(raw, rawCount),
      overwrite: (before.overwrite + after.overwrite) / 2,
      append: (before.append + after.append) / 2,
    });
  }
  return measured;
}

function writerRows({ name, writers, target }, rounds) {
  const connections = writers === 1 ? "1 connection" : `${writers} connections`;
  return [
    toRow(name, rounds, { rate: ({ own }) => own.rate, served: ({ own }) => own, target }),
    toRow(`raw \`node:http\`, nothing kept, ${connections}`, rounds, {
      rate: ({ raw }) => raw.rate,
      served: ({ raw }) => raw,
    }),
  ];
}

function flushRows(rounds) {
  return [
    toRow("loop that overwrites 4 KiB and flushes", rounds, { rate: ({ overwrite }) => overwrite }),
    toRow("loop that appends 4 KiB and flushes", rounds, { rate: ({ append }) => append }),
  ];
}

function toRow(Measured, rounds, { rate, served, target = "" }) {
  const middle = (figure) => show(median(rounds.map(figure)));
  return {
    Measured,
    "a second": middle(rate),
    "x overwriting flushes": middle((round) => rate(round) / round.overwrite),
    "x appending flushes": middle((round) => rate(round) / round.append),
    "target, x flushes": target,
    "CPU, µs": served ? middle((round) => served(round).cpu) : "",
    "median, ms": served ? middle((round) => median(served(round).times)) : "",
    "99 %, ms": served ? middle((round) => quantile(served(round).times, 0.99)) : "",
  };
}
