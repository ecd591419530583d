// Opens data folders, each as a server does at its start, and sends what is in them. A process of its own: what the
// database driver does on data that it should never see must not end the trial.
import { on } from "node:events";
import { hashToken } from "../../dist/auth/token.js";
import { openStore } from "../../dist/open-store.js";
import { pathOfRow, userValue } from "../workload.mjs";

const all = { order: "asc", limit: 100_000 };

async function inspect({ folder, tokens }) {
  const store = await openStore({ folder });
  try {
    const rows = [];
    for (const { module_id: module } of await store.modules(all)) {
      const add = (table, id, value) => rows.push({ table, path: pathOfRow(table, module, id), value });
      for (const { id, context } of await store.essPage(module, all)) add("ess", id, context);
      for (const { id, context } of await store.sequencePage(module, all)) add("sequence", id, context);
      for (const { id, input } of await store.embeddingPage(module, all)) add("embedding", id, input);
    }
    for (const { id, text } of await store.documentPage(all)) {
      rows.push({ table: "document", path: pathOfRow("document", "", id), value: text });
    }
    for (const { key_id, name } of await store.keys(all)) {
      rows.push({ table: "key", path: `/v1/key/${key_id}`, value: name });
    }
    for (const user of await store.users(all)) {
      rows.push({ table: "user", path: `/v1/user/${user.user_id}`, value: userValue(user) });
    }
    for (const token of tokens) {
      const hash = hashToken(token);
      if ((await store.session(hash)) ?? (await store.keyByToken(hash))) {
        rows.push({ table: "token", path: `token ${token}`, value: token });
      }
    }
    return { rows };
  } finally {
    await store.close();
  }
}

for await (const [order] of on(process, "message")) {
  try {
    process.send(await inspect(order));
  } catch (error) {
    process.send({ error: error.stack });
  }
}
