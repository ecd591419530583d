/**
 * Measures the state index: `node apps/server/bench/search.bench.mjs`, after a build. Prints for each
 * size the median time of a search beside that of reading the same bytes once (copying them to a
 * buffer that stays in cache), measured in the same run, and their ratio.
 */
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "21" },
    dist: { type: "string", default: new URL("../dist/", import.meta.url).href },
  },
});
const rounds = Number(values.rounds);
const { createStateIndex } = await import(new URL("search/state-index.js", values.dist).href);
const { kernelFor, loadKernels } = await import(new URL("search/distance-kernel.js", values.dist).href);
const kernels = await loadKernels();

const sizes = [10_000, 100_000].flatMap((rows) => [5, 128, 1536].map((shape) => ({ rows, shape })));
const results = [];
for (const size of sizes) {
  results.push(await measure(size, kernels));
  const { name } = kernelFor(kernels, size.shape);
  if (name === "simd") results.push(await measure(size, { plain: kernels.plain }));
}
console.table(results);

/** One module of random states, searched at random places. */
async function measure({ rows, shape }, kernels) {
  const index = createStateIndex({
    reader: randomStates(rows, shape),
    memoryBudget: 2 ** 31,
    kernels: async () => kernels,
  });
  const load = await timed(() => index.search("m", new Float32Array(shape), 1));
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const query = Float32Array.from({ length: shape }, Math.random);
    times.push(await timed(() => index.search("m", query, 10)));
  }
  const stored = stateOf(rows / 2, shape);
  const identical = [];
  for (let round = 0; round < rounds; round++) identical.push(await timed(() => index.search("m", stored, 1)));
  const { bytes } = index.stats();
  const memory = await bandwidth(rows * shape * 4);
  return {
    rows,
    shape,
    kernel: kernelFor(kernels, shape).name,
    "search k=10, ms": round(median(times)),
    "memory read, ms": round(memory),
    ratio: round(median(times) / memory),
    "identical k=1, ms": round(median(identical)),
    "load, ms": round(load),
    MiB: round(bytes / 2 ** 20),
  };
}

/** The median time of reading so many bytes from memory, in 4 MiB pieces as the index has them. */
async function bandwidth(bytes) {
  const piece = 2 ** 20;
  const blocks = [];
  for (let left = bytes / 4; left > 0; left -= piece) blocks.push(new Float32Array(Math.min(left, piece)).fill(1));
  const target = new Float32Array(2 ** 14);
  const times = [];
  for (let round = 0; round < rounds; round++) {
    times.push(
      await timed(() => {
        for (const block of blocks) {
          for (let at = 0; at < block.length; at += target.length) target.set(block.subarray(at, at + target.length));
        }
      }),
    );
  }
  return median(times);
}

function randomStates(rows, shape) {
  const module = { module_id: "m", shape, ess_count: rows, ess_revision: rows };
  return {
    module: async () => module,
    changes: async () => [],
    states: async (_, { limit, after = 0 }) =>
      Array.from({ length: Math.min(limit, rows - after) }, (_, row) => ({
        id: after + row + 1,
        state: stateOf(after + row + 1, shape),
      })),
  };
}

/** The same numbers for the same id; splitmix32. */
function stateOf(id, shape) {
  const state = new Float32Array(shape);
  let seed = Math.imul(id, 0x9e3779b1);
  for (let place = 0; place < shape; place++) {
    seed = (seed + 0x9e3779b9) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    state[place] = ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }
  return state;
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

function round(number) {
  return Number(number.toPrecision(3));
}
