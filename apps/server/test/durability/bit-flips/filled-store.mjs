// Makes a small data folder that has all kinds of rows, a log that a killed server has left, and a backup.
import { join } from "node:path";
import { call, callSurely, logIn, runCommand, startServer } from "../../../soak/processes.mjs";
import { readView } from "./user-view.mjs";

/** More numbers than a page of the database has room for. */
const wideShape = 3000;

/**
 * @typedef {object} FilledStore
 * @property {string} data The data folder, as a killed server has left it.
 * @property {string} backup A backup of it, made before the last writes.
 * @property {string} token Of an administrator's key.
 * @property {string[]} view What users see: see `readView`.
 * @property {import("./user-view.mjs").Seen} seen What is there to be asked for.
 */

/**
 * @param {string} folder An empty one.
 * @param {ReturnType<import("../../../soak/random.mjs").createRandom>} random
 * @returns {Promise<FilledStore>}
 */
export async function fillStore(folder, random) {
  const data = join(folder, "data");
  const backup = join(folder, "backup.db");
  const first = startServer(join(folder, "first"));
  const writer = await createWriter(await first.url, random);
  await writer.fill("first");
  await run(join(folder, "first"), "backup", join(folder, "first.db"));
  await first.end("SIGKILL");

  // What was written first lies in the database alone, and not in the log too.
  await run(data, "restore", join(folder, "first.db"));
  const second = startServer(data);
  writer.url = await second.url;
  await run(data, "backup", backup);
  await writer.fill("second");
  const { seen, token } = writer;
  // A reply whose row was deleted is kept no more: the call makes another row, once.
  await readView(writer.url, token, seen);
  const view = await readView(writer.url, token, seen);
  await second.end("SIGKILL");
  return { data, backup, token, view, seen };
}

async function run(data, ...words) {
  const { code, output } = await runCommand(data, words).result;
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${output}`);
}

async function createWriter(url, random) {
  const session = await logIn(url);
  const { body: key } = await callSurely(url, {
    method: "POST",
    path: "/v1/key",
    token: session,
    body: { name: "all", role: "admin" },
  });
  return new Writer(url, key.token, random);
}

class Writer {
  url;
  token;
  #random;
  /** @type {import("./user-view.mjs").Seen} */
  seen = { modules: ["wide", "narrow", "both"], documents: 0, keyed: [], searches: [], tokens: [] };

  constructor(url, token, random) {
    this.url = url;
    this.token = token;
    this.#random = random;
  }

  /** Writes some rows of each kind, changes some and deletes some. */
  async fill(name) {
    for (const round of [1, 2, 3]) await this.#addStates(`${name} ${round}`);
    for (let number = 0; number < 25; number += 1) await this.#addEntry(`${name} ${number}`);
    await this.#change("PATCH", "/v1/sequence/narrow/2", {
      module_id: "narrow",
      instance_id: 1,
      context: `${name} again`,
    });
    await this.#post("/predictions", { module_id: "narrow", n: 2, store_response: true });
    for (const word of ["warm", "cold"]) {
      await this.#addDocument(
        `${name}: it is ${word}. ${"The sun shines, or it does not. ".repeat(this.#random.below(400))}`,
      );
    }
    await this.#post("/document/sequence/narrow/1", null);
    await this.#addAccounts(name);
  }

  async #addStates(name) {
    const numbers = () => Array.from({ length: wideShape }, () => this.#random.below(100_000) / 7);
    const embedding = await this.#post("/embedding", { module_id: "narrow", input: name, hash: `hash of ${name}` });
    const wide = { module_id: "wide", state: numbers(), valence: 50, context: name };
    const narrow = {
      module_id: "narrow",
      state: [this.#random.below(100)],
      valence: 10,
      context: "x".repeat(this.#random.below(6000)),
    };
    const [{ id: wideId }, { id: narrowId }] = [
      await this.#post("/ess", wide),
      await this.#keyed("/ess", { ...narrow, embedding_input: embedding.id }),
    ];
    const parts = { aggregate_id: [wideId, narrowId], aggregate_module_id: ["wide", "narrow"] };
    await this.#post("/ess", { module_id: "both", state: [], valence: 0, context: name, ...parts });
    this.seen.searches.push({ module_id: "narrow", state: narrow.state, limit: 3 });
    if (this.seen.searches.length < 3) this.seen.searches.push({ module_id: "wide", state: wide.state, limit: 2 });
  }

  async #addEntry(context) {
    const body = { module_id: "narrow", instance_id: 1 + this.#random.below(3), context, status: "e" };
    const { id } = await (this.#random.chance(0.1) ? this.#keyed("/sequence", body) : this.#post("/sequence", body));
    if (this.#random.chance(0.1) && id > 2) await this.#change("DELETE", `/v1/sequence/narrow/${id}`);
    if (this.#random.chance(0.1)) await this.#post("/sequence", { module_id: "wide", instance_id: 1, context });
  }

  async #addDocument(text) {
    await this.#keyed("/document", { doc_id: "d", text, embed: true });
    this.seen.documents += 1;
  }

  async #addAccounts(name) {
    await this.#post("/user", { username: name, role: "writer", password: `${name} and a long tail of words` });
    const key = await this.#post("/key", { name, role: "reader", modules: ["narrow"] });
    this.seen.tokens.push(key.token);
  }

  async #post(path, body, headers) {
    return (await callSurely(this.url, { method: "POST", path: `/v1${path}`, token: this.token, body, headers })).body;
  }

  /** A call that can be repeated: the reply is kept. */
  async #keyed(path, body) {
    const headers = { "idempotency-key": `key-${this.seen.keyed.length}` };
    this.seen.keyed.push({ method: "POST", path: `/v1${path}`, body, headers });
    return await this.#post(path, body, headers);
  }

  async #change(method, path, body) {
    const reply = await call(this.url, { method, path, token: this.token, body });
    // What is in use is not deleted.
    if (reply.status !== 200 && reply.status !== 404 && reply.status !== 409) {
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    }
  }
}
