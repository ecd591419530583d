// Reads of a data folder what a server tells nobody: of a copy, so that the folder stays as the server left it.
import { cpSync, rmSync } from "node:fs";
import { openStore } from "../../dist/open-store.js";

const all = { order: "asc", limit: 1_000_000 };

/**
 * @param {string} folder Of a server that does not run.
 * @returns {Promise<FolderContents>}
 *
 * @typedef {object} FolderContents
 * @property {import("../../dist/store/port/rows.js").ClockRow | undefined} kept
 * @property {number} newest Microseconds; 0 where there is no row.
 * @property {string[]} audit The entries, a text each, in the order of their ids.
 * @property {TimedRow[]} rows
 * @property {{ log: string, times: number[] }[]} logs The times of the change logs, in the order of their revisions.
 *
 * @typedef {object} TimedRow
 * @property {string} list The collection that it is in: its ids count on, and its times do not go back.
 * @property {number} id
 * @property {number} created_at Microseconds, as `updated_at` is.
 * @property {number} updated_at
 */
export async function readFolder(folder) {
  const copy = `${folder}-copy`;
  cpSync(folder, copy, { recursive: true });
  try {
    const store = await openStore({ folder: copy, shared: true });
    try {
      return await read(store);
    } finally {
      await store.close();
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}

async function read(store) {
  const rows = [];
  const logs = [];
  const add = (list, found) => {
    for (const { id, created_at, updated_at } of found) rows.push({ list, id, created_at, updated_at });
  };
  for (const { module_id: module } of await store.modules(all)) {
    add(`ess ${module}`, await store.essPage(module, all));
    add(`sequence ${module}`, await store.sequencePage(module, all));
    add(`embedding ${module}`, await store.embeddingPage(module, all));
    const changes = await store.changes(module, { after: 0, limit: all.limit });
    logs.push({ log: module, times: changes.map(({ at }) => at) });
  }
  add("document", await store.documentPage(all));
  const audit = (await store.auditPage(all)).map((entry) => JSON.stringify(entry));
  return { kept: await store.clock(), newest: await store.newestTime(), audit, rows, logs };
}
