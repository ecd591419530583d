// Opens data folders, each as a server does at its start, and sends what a user would read there, list by list.
import { createHash } from "node:crypto";
import { on } from "node:events";
import { openSqliteStore } from "../../dist/store/sqlite/sqlite-store.js";

const all = { order: "asc", limit: 10_000 };
const modules = ["short", "long"];

const lists = {
  modules: (store) => store.modules(all),
  users: (store) => store.users(all),
  keys: (store) => store.keys(all),
  audit: (store) => store.auditPage(all),
  documents: (store) => store.documentPage(all),
  search: (store) => store.searchDocuments([{ text: "valve", weight: 1 }], 100),
};
for (const module of modules) {
  lists[`states of ${module}`] = (store) => store.essPage(module, all);
  lists[`states from the end of ${module}`] = (store) => store.essPage(module, { ...all, order: "desc" });
  lists[`bare states of ${module}`] = (store) => store.states(module, { limit: 10_000 });
  lists[`entries of ${module}`] = (store) => store.sequencePage(module, all);
  lists[`entries by time of ${module}`] = (store) => store.sequencesBetween(module, {}, all);
  lists[`occurrences in ${module}`] = (store) => store.occurrencePage(module, 1, all);
  lists[`changes of ${module}`] = (store) => store.changes(module, { after: 0, limit: 10_000 });
  for (const id of [1, 7, 15, 20]) lists[`state ${id} of ${module}`] = (store) => store.ess(module, id);
}

async function read(folder) {
  let store;
  const notices = [];
  try {
    store = await openSqliteStore({ folder, onNotice: ({ text }) => notices.push(text) });
  } catch (error) {
    return { refused: `${error.name}: ${error.message}`, notices };
  }
  const answers = {};
  for (const [name, list] of Object.entries(lists)) {
    try {
      const text = JSON.stringify(await list(store), (_, value) =>
        value instanceof Float32Array || value instanceof Uint8Array
          ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")
          : value,
      );
      answers[name] = createHash("sha256")
        .update(text ?? "nothing")
        .digest("hex");
    } catch (error) {
      answers[name] = { refused: error.name };
    }
  }
  const damagedPages = store.damage().pages;
  await store.close();
  return { answers, notices, damagedPages };
}

for await (const [{ folder }] of on(process, "message")) process.send(await read(folder));
