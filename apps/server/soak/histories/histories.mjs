// Kills the server again and again while clients share a module, and has what they saw checked for linearizability.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { callSurely, logIn, startServer } from "../processes.mjs";
import { makeHistory } from "./clients.mjs";

const operationsPerHistory = 1000;
const checker = fileURLToPath(new URL("checker/", import.meta.url));

/** @type {import("../soak.mjs").Trial} */
export const histories = {
  name: "histories",
  async run({ folder, random, isOver, report }) {
    const program = join(folder, "checker");
    await promisify(execFile)("go", ["build", "-o", program, "."], { cwd: checker });
    const total = { histories: 0, operations: 0, kills: 0 };
    do {
      const data = mkdtempSync(join(folder, "histories-"));
      await soakFolder({ data, program, random, report, total });
      rmSync(data, { recursive: true });
    } while (!isOver());
    return total;
  },
};

async function soakFolder({ data, program, random, report, total }) {
  const first = startServer(data);
  const url = await first.url;
  const body = { name: "histories", role: "admin" };
  const key = await callSurely(url, { method: "POST", path: "/v1/key", token: await logIn(url), body });

  const nemesis = new Nemesis(data, url, first, random.fork());
  const { token } = key.body;
  const making = makeHistory({ url, token, module: "shared", operations: operationsPerHistory, random });
  const killing = nemesis.run();
  const history = await making.finally(() => nemesis.stop());
  await killing;
  total.histories += 1;
  total.operations += history.log.length + history.rows.length;
  total.kills += nemesis.kills;

  const file = join(data, "history.json");
  writeFileSync(file, JSON.stringify(history));
  try {
    await promisify(execFile)(program, [file]);
  } catch (error) {
    const meaning = error.code === 2 ? "could not be checked in time" : "is not linearizable";
    report(`history ${total.histories} ${meaning}: ${error.stdout}${error.stderr}`);
  }
}

/** Kills a server and starts it again at the same address, until it is stopped. */
class Nemesis {
  kills = 0;
  #isStopped = false;
  #data;
  #port;
  #server;
  #random;

  constructor(data, url, server, random) {
    this.#data = data;
    this.#port = new URL(url).port;
    this.#server = server;
    this.#random = random;
  }

  async run() {
    while (!this.#isStopped) {
      await setTimeout(200 + this.#random.below(1500));
      if (this.#isStopped) break;
      await this.#server.end("SIGKILL");
      this.kills += 1;
      this.#server = startServer(this.#data, { environment: { ECA_PORT: this.#port } });
      await this.#server.url;
    }
    await this.#server.end("SIGTERM");
  }

  stop() {
    this.#isStopped = true;
  }
}
