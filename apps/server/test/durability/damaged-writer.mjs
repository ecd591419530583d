// Fills a store with a few rows of each kind, some in the database and some in its log, and ends as if it were killed.
// Usage: node damaged-writer.mjs <data folder>
import { openSqliteStore } from "../../dist/store/sqlite/sqlite-store.js";

const [folder] = process.argv.slice(2);
let time = 1_700_000_000_000_000;

const state = (number, length) => ({
  state: Float32Array.from({ length }, (_, place) => number + place / 8),
  valence: number % 90,
  score: 0,
  avg_ess_valence: 0,
  avg_ess_score: 0,
  total_ess_score: 0,
  embedding_input: null,
  context: `state ${number}: ${"words ".repeat(number % 40)}`,
  aggregate_id: [],
  aggregate_module_id: [],
  aggregate_shape: [],
  aggregate_valence: [],
  aggregate_score: [],
  aggregate_context: [],
  aggregate_emb_inp: [],
});

async function fill(store, from, to) {
  for (let number = from; number < to; number += 1) {
    await store.transact(async (tx) => {
      time += 1000;
      await tx.insertEss("short", state(number, 4), time);
      // Longer than a page, so that rows go on in overflow pages.
      await tx.insertEss("long", state(number, 3000), time);
      await tx.insertSequence("short", { instance_id: 1, status: "n", context: `entry ${number}` }, time);
      await tx.insertDocument(
        {
          doc_id: `note ${number}`,
          text: `document ${number} of the pump ${"and its valve ".repeat(number * 20)}`,
          status: "embedded",
          source: null,
        },
        time,
      );
    });
  }
}

const first = await openSqliteStore({ folder });
await first.transact(async (tx) => {
  await tx.insertModule("short", 4, time);
  await tx.insertModule("long", 3000, time);
});
await fill(first, 0, 12);
await first.close();
const second = await openSqliteStore({ folder });
await fill(second, 12, 20);
process.kill(process.pid, "SIGKILL");
