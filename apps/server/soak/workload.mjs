// Writers that use every kind of write there is, each upon rows of its own, and the reading of what they wrote.
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { administrator, call, callSurely } from "./processes.mjs";

const modules = ["m0", "m1", "m2"];

/** How long texts are: short ones, and some that take more than a page of the database. */
const textLengths = [0, 0, 0, 0, 200, 9000];

/**
 * Makes what all writers need: a module's first state, which entries of its log name, and an API key.
 *
 * @returns {Promise<string>} The key.
 */
export async function prepare(url, token, ledger) {
  for (const module of modules) {
    const value = ledger.nextValue("first");
    const fact = ledger.begin("ess", `/v1/ess/${module}/1`, value);
    const headers = { "x-request-id": value };
    await callSurely(url, { method: "POST", path: "/v1/ess", token, body: state(module, value, 0), headers });
    ledger.acknowledge(fact);
  }
  const name = ledger.nextValue("root");
  const fact = ledger.begin("key", undefined, name);
  const { body } = await callSurely(url, {
    method: "POST",
    path: "/v1/key",
    token,
    body: { name, role: "admin" },
    headers: { "x-request-id": name },
  });
  ledger.acknowledge(fact, `/v1/key/${body.key_id}`);
  return body.token;
}

const state = (module_id, context, number) => ({ module_id, state: [number, 1], valence: 50, context });
const entry = (module_id, context) => ({ module_id, instance_id: 1, context });
const embedding = (module_id, input) => ({ module_id, input, hash: `hash of ${input.slice(0, 40)}` });
const document = (text, embed) => ({ doc_id: "d", text, embed });

/** Rows that can be changed and deleted: how one is asked for, and where it is. */
const tables = {
  ess: { create: "/v1/ess", body: (module, value, random) => state(module, value, random.below(1000)) },
  sequence: { create: "/v1/sequence", body: entry, canDelete: true },
  embedding: { create: "/v1/embedding", body: embedding, canDelete: true },
  document: {
    create: "/v1/document",
    body: (_, value, random) => document(value, random.chance(0.6)),
    canDelete: true,
  },
};

/**
 * Writes until it is told to stop or a call is not answered.
 *
 * @param {object} run
 * @param {string} run.url
 * @param {string} run.token
 * @param {string} run.name Of the writer; no other one has it.
 * @param {import("./ledger.mjs").Ledger} run.ledger
 * @param {ReturnType<import("./random.mjs").createRandom>} run.random
 * @param {() => boolean} run.isOver
 * @param {boolean} [run.logsIn] Whether sessions are begun and ended, too; they end by a clock that is set.
 * @returns {Promise<{ unexpected: string[], keyed: KeyedCreate[] }>} Answers that no write of these should get,
 * and the creates under an `Idempotency-Key`.
 *
 * @typedef {{ table: string, module: string, body: object, key: string, fact: import("./ledger.mjs").Fact }} KeyedCreate
 */
export async function write({ url, token, name, ledger, random, isOver, logsIn = true }) {
  /** Rows that this writer made and nobody has deleted. */
  const own = [];
  /** Credentials that it made: `token` is the newest of an API key, or a session's. */
  const credentials = [];
  const users = [];
  const keyed = [];
  const unexpected = [];

  const newValue = () => {
    const value = ledger.nextValue(name);
    const length = random.pick(textLengths);
    return length === 0 ? value : `${value} ${"x".repeat(random.below(length))}`;
  };

  /** Sends a write and notes in the ledger what came of it; the answer where it was carried out. */
  const send = async (facts, { headers, ...request }, pathOf) => {
    const [{ request: id }] = facts;
    const reply = await call(url, { token, ...request, headers: { ...headers, "x-request-id": id } });
    if (reply.status >= 200 && reply.status < 300) {
      for (const fact of facts) {
        const path = fact.path ?? pathOf?.(reply.body);
        ledger.acknowledge(fact, path);
      }
      return reply;
    }
    if (reply.status >= 400 && reply.status < 500) for (const fact of facts) ledger.refuse(fact);
    if (reply.status !== 0) {
      unexpected.push(`${request.method} ${request.path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    }
    return undefined;
  };

  const createRow = async (table) => {
    const module = random.pick(modules);
    const value = newValue();
    const fact = ledger.begin(table, undefined, value, shortOf(value));
    const body = tables[table].body(module, value, random);
    const key = random.chance(0.4) ? randomUUID() : undefined;
    // A row that was made under a key is left as it is, for the call is repeated later.
    if (key !== undefined) keyed.push({ table, module, body, key, fact });
    const headers = key === undefined ? {} : { "idempotency-key": key };
    const path = ({ id }) => pathOfRow(table, module, id);
    const reply = await send([fact], { method: "POST", path: tables[table].create, body, headers }, path);
    if (reply !== undefined && key === undefined) own.push({ table, module, path: fact.path });
  };

  const changeRow = async () => {
    if (own.length === 0) return;
    const at = random.below(own.length);
    const { table, module, path } = own[at];
    if (tables[table].canDelete && random.chance(0.3)) {
      own.splice(at, 1);
      await send([ledger.begin(table, path, null, ledger.nextValue(name))], { method: "DELETE", path });
      return;
    }
    const value = newValue();
    const body = tables[table].body(module, value, random);
    await send([ledger.begin(table, path, value, shortOf(value))], { method: "PATCH", path, body });
  };

  const joinStates = async () => {
    const value = newValue();
    const parts = [random.pick(modules), random.pick(modules)];
    const body = { ...state("room", value, 0), state: [], aggregate_id: [1, 1], aggregate_module_id: parts };
    const fact = ledger.begin("ess", undefined, value, shortOf(value));
    await send([fact], { method: "POST", path: "/v1/ess", body }, ({ id }) => pathOfRow("ess", "room", id));
  };

  const createKey = async () => {
    const value = ledger.nextValue(name);
    const fact = ledger.begin("key", undefined, value);
    const body = { name: value, role: "reader" };
    const reply = await send([fact], { method: "POST", path: "/v1/key", body }, ({ key_id }) => `/v1/key/${key_id}`);
    if (reply === undefined) return;
    ledger.acknowledge(ledger.begin("token", `token ${reply.body.token}`, reply.body.token, value));
    credentials.push({ table: "key", path: fact.path, token: reply.body.token });
  };

  const changeKey = async () => {
    const keys = credentials.filter(({ table }) => table === "key");
    if (keys.length === 0) return;
    const key = random.pick(keys);
    const request = ledger.nextValue(name);
    const gone = ledger.begin("token", `token ${key.token}`, null, request);
    if (random.chance(0.5)) {
      const reply = await send([gone], { method: "POST", path: `${key.path}/rotate` });
      if (reply === undefined) return;
      key.token = reply.body.token;
      ledger.acknowledge(ledger.begin("token", `token ${key.token}`, key.token, request));
    } else {
      credentials.splice(credentials.indexOf(key), 1);
      const row = ledger.begin("key", key.path, null, request);
      await send([row, gone], { method: "DELETE", path: key.path });
    }
  };

  const logInOrOut = async () => {
    const sessions = credentials.filter(({ table }) => table === "session");
    if (sessions.length === 0 || random.chance(0.5)) {
      const request = ledger.nextValue(name);
      const headers = { "x-request-id": request };
      const reply = await call(url, { method: "POST", path: "/v1/login", body: administrator, headers });
      if (reply.status !== 200) return;
      const { session_id: session } = reply.body;
      ledger.acknowledge(ledger.begin("token", `token ${session}`, session, request));
      credentials.push({ table: "session", token: session });
      return;
    }
    const session = random.pick(sessions);
    credentials.splice(credentials.indexOf(session), 1);
    const fact = ledger.begin("token", `token ${session.token}`, null, ledger.nextValue(name));
    await send([fact], { method: "POST", path: "/v1/logout", token: session.token });
  };

  const changeUser = async () => {
    const rights = { role: random.pick(["reader", "writer"]), disabled: random.chance(0.3) };
    if (users.length === 0 || random.chance(0.3)) {
      const username = ledger.nextValue(name);
      const fact = ledger.begin(
        "user",
        undefined,
        userValue({ username, role: rights.role, disabled: false }),
        username,
      );
      const body = { username, role: rights.role, password: `${username} and a long tail of words` };
      const path = ({ user_id }) => `/v1/user/${user_id}`;
      if (await send([fact], { method: "POST", path: "/v1/user", body }, path))
        users.push({ username, path: fact.path });
      return;
    }
    const { username, path } = random.pick(users);
    const fact = ledger.begin("user", path, userValue({ username, ...rights }), ledger.nextValue(name));
    await send([fact], { method: "PATCH", path, body: rights });
  };

  /** How often each is done, of 100. */
  const operations = [
    [28, () => createRow("sequence")],
    [14, () => createRow("ess")],
    [8, () => createRow("embedding")],
    [8, () => createRow("document")],
    [6, joinStates],
    [26, changeRow],
    [4, createKey],
    [3, changeKey],
    [logsIn ? 1 : 0, logInOrOut],
    [2, changeUser],
  ];
  const wheel = operations.flatMap(([share, operation]) => Array.from({ length: share }, () => operation));

  while (!isOver()) {
    await random.pick(wheel)();
    if (random.chance(0.05)) await setTimeout(random.below(5));
  }
  return { unexpected, keyed };
}

/** Writes are told apart by the first word of what they write; requests carry it as their id. */
const shortOf = (value) => value.split(" ", 1)[0];

export const userValue = ({ username, role, disabled }) => `${username} ${role} ${disabled ? "disabled" : "enabled"}`;

export function pathOfRow(table, module, id) {
  return table === "document" ? `/v1/document/${id}` : `/v1/${table}/${module}/${id}`;
}

const essModules = [...modules, "room"];

/** What is in which column of which list. */
const lists = [
  ...essModules.map((module) => ({ table: "ess", module, valueOf: ({ context }) => context })),
  ...modules.map((module) => ({ table: "sequence", module, valueOf: ({ context }) => context })),
  ...modules.map((module) => ({ table: "embedding", module, valueOf: ({ input }) => input })),
  { table: "document", module: "", valueOf: ({ text }) => text },
];

/**
 * Reads over HTTP whatever writers may have written.
 *
 * @param {Iterable<string>} paths Of the ledger: the tokens among them are tried.
 * @returns {Promise<{ table: string, path: string, value: string }[]>}
 */
export async function readAll(url, token, paths) {
  const rows = [];
  for (const { table, module, valueOf } of lists) {
    const { status, body } = await call(url, { path: `/v1/${table}${module && `/${module}`}`, token });
    if (status === 404) continue;
    if (status !== 200) throw new Error(`the list ${table} ${module}: ${status} ${JSON.stringify(body)}`);
    for (const row of body) rows.push({ table, path: pathOfRow(table, module, row.id), value: valueOf(row) });
  }
  for (const { key_id, name } of (await callSurely(url, { path: "/v1/key", token })).body) {
    rows.push({ table: "key", path: `/v1/key/${key_id}`, value: name });
  }
  for (const user of (await callSurely(url, { path: "/v1/user", token })).body) {
    if (user.username === administrator.username) continue;
    rows.push({ table: "user", path: `/v1/user/${user.user_id}`, value: userValue(user) });
  }
  for (const path of paths) {
    if (!path.startsWith("token ")) continue;
    const value = path.slice("token ".length);
    if ((await call(url, { path: "/v1/limits", token: value })).status === 200) {
      rows.push({ table: "token", path, value });
    }
  }
  return rows;
}
