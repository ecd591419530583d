// Clients that share one module, and write down each thing that they asked and were answered.
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { call, callSurely } from "../processes.mjs";

const clients = 8;
const rowCount = 4;

/** The share of calls whose connection is dropped before the answer. */
const dropped = 0.15;

/** A call under a key is dropped at most so often before it is let through. */
const maxDrops = 6;

/**
 * Runs all clients until they have made so many operations.
 *
 * @param {object} run
 * @param {string} run.url The server's; it may be killed and started again meanwhile, at the same address.
 * @param {string} run.token
 * @param {string} run.module One that does not exist yet.
 * @param {number} run.operations
 * @param {ReturnType<import("../random.mjs").createRandom>} run.random
 * @returns {Promise<object>} A history as `checker/main.go` reads it.
 */
export async function makeHistory({ url, token, module, operations, random }) {
  const initial = await prepareRows(url, token, module);
  const history = { initial, log: [], rows: [] };
  let begun = 0;
  const next = () => begun++ < operations;
  const run = { url, token, module, initial, history, next };
  await Promise.all(Array.from({ length: clients }, (_, number) => new Client(number, run, random.fork()).run()));
  return history;
}

async function prepareRows(url, token, module) {
  const rows = [];
  for (let number = 0; number < rowCount; number += 1) {
    const body = stateOf(module, `first ${number}`, number);
    const reply = await callSurely(url, { method: "POST", path: "/v1/ess", token, body });
    rows.push({ value: body.context, revision: revisionOf(reply) });
  }
  return rows;
}

const stateOf = (module_id, context, number) => ({ module_id, state: [number], valence: 50, context });
const revisionOf = ({ headers }) => Number(headers.get("etag").replaceAll('"', ""));
const nanoseconds = () => Number(process.hrtime.bigint());

class Client {
  #serial = 0;
  /** The newest revision of each row that this client has seen. */
  #seen;
  /** How often each operation is done, of 100. */
  #operations = [
    [30, () => this.#appendUnderKey()],
    [6, () => this.#append()],
    [10, () => this.#readLog()],
    [16, () => this.#compareAndSet()],
    [10, () => this.#put()],
    [18, () => this.#get()],
    [10, () => this.#readAll()],
  ].flatMap(([share, operation]) => Array.from({ length: share }, () => operation));

  constructor(number, run, random) {
    this.number = number;
    this.random = random;
    Object.assign(this, run);
    this.#seen = this.initial.map(({ revision }) => revision);
  }

  async run() {
    while (this.next()) await this.random.pick(this.#operations)();
  }

  #newValue() {
    this.#serial += 1;
    return `c${this.number}-${this.#serial}`;
  }

  /** One call, whose connection may be dropped. */
  #call(request, dropShare = dropped) {
    const isDropped = this.random.chance(dropShare);
    const signal = isDropped ? AbortSignal.timeout(1 + this.random.below(6)) : undefined;
    return call(this.url, { token: this.token, ...request, signal });
  }

  /**
   * Notes an operation. A read that was not answered says nothing and is left out; a server that is down or
   * starting refuses a write before it has looked at it, or has carried it out: both are possible.
   */
  async #note(list, input, perform, outputOf) {
    const operation = { client: this.number, call: nanoseconds(), return: 0, input, output: {}, unknown: false };
    const reply = await perform();
    operation.return = nanoseconds();
    const isKnown = reply.status > 0 && reply.status < 500;
    if (isKnown) operation.output = outputOf(reply);
    else if (["get", "all", "list", "last"].includes(input.kind)) return;
    else operation.unknown = true;
    list.push(operation);
    // A server that is down is not called a thousand times a second.
    if (!isKnown) await setTimeout(20);
  }

  #appendRequest(value) {
    return { method: "POST", path: "/v1/sequence", body: { module_id: this.module, instance_id: 1, context: value } };
  }

  async #appendUnderKey() {
    const value = this.#newValue();
    const request = { ...this.#appendRequest(value), headers: { "idempotency-key": randomUUID() } };
    const perform = async () => {
      for (let drops = 0; ; drops += 1) {
        const reply = await this.#call(request, drops < maxDrops ? 2 * dropped : 0);
        if (reply.status === 201) return reply;
        // 409: the first call is still under way.
        if (reply.status !== 0 && reply.status !== 409 && reply.status !== 503) throw unexpected(request, reply);
        await setTimeout(10);
      }
    };
    await this.#note(this.history.log, { kind: "append", value }, perform, ({ body }) => ({ id: body.id }));
  }

  async #append() {
    const value = this.#newValue();
    const perform = () => this.#call(this.#appendRequest(value));
    await this.#note(this.history.log, { kind: "append", value }, perform, ({ body }) => ({ id: body.id }));
  }

  async #readLog() {
    const path = `/v1/sequence/${this.module}`;
    const valueOf = (entry) => ({ outcome: "done", id: entry?.id ?? 0, value: entry?.context ?? "" });
    const { log } = this.history;
    const way = this.random.below(3);
    if (way === 0) {
      const values = ({ body }) => ({ outcome: "done", values: body.map(({ context }) => context) });
      await this.#note(log, { kind: "list" }, () => this.#call({ path }, 0), values);
    } else if (way === 1) {
      const last = ({ status, body }) => valueOf(status === 404 ? undefined : body);
      await this.#note(log, { kind: "last" }, () => this.#call({ path: `${path}/-1` }, 0), last);
    } else {
      const last = ({ body }) => valueOf(body[0]);
      await this.#note(log, { kind: "last" }, () => this.#call({ path: `${path}?limit=1&order=desc` }, 0), last);
    }
  }

  #patchRequest(row, value) {
    const body = stateOf(this.module, value, this.random.below(50));
    return { method: "PATCH", path: `/v1/ess/${this.module}/${row + 1}`, body };
  }

  #written(row) {
    return (reply) => {
      if (reply.status === 412) return { outcome: "refused" };
      if (reply.status !== 200) throw unexpected({ path: "PATCH" }, reply);
      this.#seen[row] = revisionOf(reply);
      return { outcome: "done", revision: this.#seen[row] };
    };
  }

  async #compareAndSet() {
    const row = this.random.below(rowCount);
    const value = this.#newValue();
    const revision = this.#seen[row];
    const request = { ...this.#patchRequest(row, value), headers: { "if-match": `"${revision}"` } };
    const input = { kind: "cas", row, value, revision };
    await this.#note(this.history.rows, input, () => this.#call(request), this.#written(row));
  }

  async #put() {
    const row = this.random.below(rowCount);
    const value = this.#newValue();
    const request = this.#patchRequest(row, value);
    await this.#note(this.history.rows, { kind: "put", row, value }, () => this.#call(request), this.#written(row));
  }

  async #get() {
    const row = this.random.below(rowCount);
    const named = this.random.chance(0.4) ? this.#seen[row] : undefined;
    const headers = named === undefined ? {} : { "if-none-match": `"${named}"` };
    const path = `/v1/ess/${this.module}/${row + 1}`;
    const outputOf = (reply) => {
      if (reply.status === 304) return { outcome: "unchanged", revision: named };
      this.#seen[row] = revisionOf(reply);
      return { outcome: "done", value: reply.body.context, revision: this.#seen[row] };
    };
    await this.#note(this.history.rows, { kind: "get", row }, () => this.#call({ path, headers }, 0), outputOf);
  }

  /** All rows as of one moment: by the list, by a page of it, by a search. */
  async #readAll() {
    const path = `/v1/ess/${this.module}`;
    const request = this.random.pick([
      { path },
      { path: `${path}?limit=${rowCount}` },
      { method: "POST", path: "/v1/ess/search", body: { module_id: this.module, state: [25], limit: rowCount } },
    ]);
    const outputOf = ({ body }) => {
      const rows = request.method === undefined ? body : body.map(({ ess }) => ess);
      return { outcome: "done", values: rows.toSorted((a, b) => a.id - b.id).map(({ context }) => context) };
    };
    await this.#note(this.history.rows, { kind: "all" }, () => this.#call(request, 0), outputOf);
  }
}

function unexpected({ path }, { status, body }) {
  return new Error(`${path}: ${status} ${JSON.stringify(body)}`);
}
