// Fills data folders through the store's own port, a transaction for every few thousand rows.
import { randomState } from "./numbers.mjs";

/** Microseconds; shortly ago, as a server refuses to start where its clock is far ahead of its data. */
const at = (Date.now() - 60_000) * 1000;
const batch = 5000;

const plain = {
  valence: 50,
  score: 0,
  avg_ess_valence: 0,
  avg_ess_score: 0,
  total_ess_score: 0,
  embedding_input: null,
  context: null,
  aggregate_id: [],
  aggregate_module_id: [],
  aggregate_shape: [],
  aggregate_valence: [],
  aggregate_score: [],
  aggregate_context: [],
  aggregate_emb_inp: [],
};

/** Hands a store upon a folder to `fill`. */
export async function seed(dist, folder, fill) {
  const { openStore } = await import(new URL("open-store.js", dist).href);
  const store = await openStore({ folder });
  await fill(store);
  await store.close();
}

/** A module of random states. */
export async function addStates(store, moduleId, { rows, shape }) {
  await store.transact((tx) => tx.insertModule(moduleId, shape, at));
  await inBatches(store, rows, (tx, row) =>
    tx.insertEss(moduleId, { ...plain, state: randomState(row + 1, shape) }, at + row),
  );
}

const statesOfLog = 1000;

/** A module of short states, and a log of them in no order. */
export async function addLog(store, moduleId, rows) {
  await addStates(store, moduleId, { rows: statesOfLog, shape: 5 });
  await inBatches(store, rows, (tx, row) => {
    const instance_id = 1 + Math.floor(randomState(row + 1, 1)[0] * statesOfLog);
    return tx.insertSequence(moduleId, { instance_id, status: "n", context: null }, at + row);
  });
}

async function inBatches(store, rows, insert) {
  for (let start = 0; start < rows; start += batch) {
    await store.transact(async (tx) => {
      for (let row = start; row < Math.min(start + batch, rows); row++) await insert(tx, row);
    });
  }
}
