// Writes numbered entries while the system fails it, and says of each whether it was kept or refused.
// Usage: node fault-writer.mjs <data folder>, which has a module "m" with a state.
import { writeSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { openSqliteStore } from "../../dist/store/sqlite/sqlite-store.js";

const store = await openSqliteStore({ folder: process.argv[2] });
const padding = "x".repeat(60_000);

async function write(number) {
  const entry = { instance_id: 1, status: "n", context: `${number} ${padding}` };
  try {
    await store.transact((tx) => tx.insertSequence("m", entry, 1));
    writeSync(1, `${number} kept\n`);
  } catch (error) {
    writeSync(1, `${number} ${error.name}\n`);
  }
}

/** Resolves once reads are served: at once, but where the data has to be opened anew. */
async function served() {
  for (;;) {
    try {
      return await store.module("m");
    } catch (error) {
      if (error.name !== "StoreFailedError") throw error;
      await setTimeout(1);
    }
  }
}

for (let number = 0; number < 88; number += 4) {
  await write(number);
  await Promise.all([write(number + 1), write(number + 2), write(number + 3)]);
  await served();
}
await store.close();
