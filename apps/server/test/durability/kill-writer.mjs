// Writes with many writers at once until it is killed, and says each acknowledgement after it came.
// Usage: node kill-writer.mjs <data folder> <seed>
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../dist/store/sqlite/sqlite-store.js";
import { systemTime } from "../../dist/time/time-source.js";

const [folder, seed] = process.argv.slice(2);
const modules = ["a", "b", "c"];
const writers = 24;
const clock = systemTime.wall;

// A line goes out before anything else happens, whole or cut off by the end of the process.
const say = (line) => writeSync(1, `${line}\n`);

let state = Number(seed) >>> 0;
/** A whole number below `limit`; xorshift, since the sequence must follow from the seed alone. */
function random(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

let nonces = 0;
const nonce = () => `${seed}-${(nonces += 1)}`;

const plain = (context) => ({
  state: Float32Array.of(random(100), random(100)),
  valence: random(90),
  score: 0,
  avg_ess_valence: 0,
  avg_ess_score: 0,
  total_ess_score: 0,
  embedding_input: null,
  context,
  aggregate_id: [],
  aggregate_module_id: [],
  aggregate_shape: [],
  aggregate_valence: [],
  aggregate_score: [],
  aggregate_context: [],
  aggregate_emb_inp: [],
});

function aggregate(context) {
  const parts = [random(9) + 1, random(9) + 1];
  return {
    ...plain(context),
    aggregate_id: parts,
    aggregate_module_id: parts.map(() => modules[random(modules.length)]),
    aggregate_shape: [1, 1],
    aggregate_valence: [0, 0],
    aggregate_score: [0, 0],
    aggregate_context: [null, null],
    aggregate_emb_inp: [null, null],
  };
}

const entry = (context, id = 1) => ({ instance_id: id, status: "n", context });

/** What writers do. Each answers what it wrote: module, kind of change, and the row. */
const works = {
  essCreated: async (tx, moduleId, context) => [
    [
      moduleId,
      "ess_created",
      await tx.insertEss(moduleId, random(3) === 0 ? aggregate(context) : plain(context), clock()),
    ],
  ],
  essUpdated: async (tx, moduleId, context) => {
    const { ess_count: count } = await tx.module(moduleId);
    const content = random(2) === 0 ? aggregate(context) : plain(context);
    return [[moduleId, "ess_updated", await tx.updateEss(moduleId, random(count) + 1, content, clock())]];
  },
  sequenceCreated: async (tx, moduleId, context) => [
    [moduleId, "sequence_created", await tx.insertSequence(moduleId, entry(context), clock())],
  ],
  sequenceUpdated: async (tx, moduleId, context) => {
    const latest = await tx.latestSequence(moduleId);
    if (!latest) return [];
    return [[moduleId, "sequence_updated", await tx.updateSequence(moduleId, latest.id, entry(context), clock())]];
  },
  sequenceDeleted: async (tx, moduleId) => {
    const latest = await tx.latestSequence(moduleId);
    if (!latest || random(2) === 0) return [];
    await tx.deleteSequence(moduleId, latest.id, clock());
    const { revision } = await tx.module(moduleId);
    return [[moduleId, "sequence_deleted", { ...latest, revision }]];
  },
  // Two modules in one work: both rows or neither.
  pair: async (tx, _, context) => {
    const state = await tx.insertEss("pair of states", plain(context), clock());
    const log = await tx.insertSequence("pair of entries", entry(context), clock());
    return [
      ["pair of states", "ess_created", state],
      ["pair of entries", "sequence_created", log],
    ];
  },
  failing: async (tx, moduleId) => {
    await tx.insertEss(moduleId, plain("never"), clock());
    await tx.insertSequence(moduleId, entry("never"), clock());
    throw new Error("changed its mind");
  },
};
const names = Object.keys(works);

const store = await openSqliteStore({ folder });
await store.transact(async (tx) => {
  for (const moduleId of [...modules, "pair of states", "pair of entries"]) {
    if (await tx.module(moduleId)) continue;
    await tx.insertModule(moduleId, 2, clock());
    await tx.insertEss(moduleId, plain("first"), clock());
  }
});
say("ready");

async function write() {
  for (;;) {
    const work = works[names[random(names.length)]];
    const moduleId = modules[random(modules.length)];
    const context = nonce();
    let written;
    try {
      written = await store.transact((tx) => work(tx, moduleId, context));
    } catch (error) {
      if (error.message !== "changed its mind") throw error;
      continue;
    }
    for (const [moduleId, kind, { id, revision, context }] of written) {
      say(JSON.stringify({ moduleId, kind, id, revision, context }));
    }
  }
}
await Promise.all(Array.from({ length: writers }, write));
