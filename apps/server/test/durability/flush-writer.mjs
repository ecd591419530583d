// Says when it begins and ends: ten commits one after the other, then thirty-two works at once.
// Usage: node flush-writer.mjs <data folder>
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../dist/store/sqlite/sqlite-store.js";

const folder = process.argv[2];
const say = (line) => writeSync(1, `${line}\n`);

const store = await openSqliteStore({ folder });
const write = (name) => store.transact((tx) => tx.insertModule(name, 1, 1));

for (let index = 0; index < 10; index += 1) {
  say(`begin ${index}`);
  await write(`alone ${index}`);
  say(`end ${index}`);
}
say("begin group");
await Promise.all(Array.from({ length: 32 }, (_, index) => write(`grouped ${index}`)));
say("end group");
await store.close();
