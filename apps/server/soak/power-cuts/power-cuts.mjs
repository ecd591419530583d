// Records the system calls of a server under load and opens what a power cut at any of them may have left.
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compare, Ledger } from "../ledger.mjs";
import { administrator, logIn, runCommand, startServer } from "../processes.mjs";
import { prepare, write } from "../workload.mjs";
import { Disk, variants } from "./disk.mjs";
import { readTrace, recorder } from "./trace.mjs";

const writers = 8;
const cutsPerRecord = 100;
const factsPerRecord = 800;

/** One image in so many is also handed to `eca-server verify`. */
const verifiedShare = 0.1;

/** @type {import("../soak.mjs").Trial} */
export const powerCuts = {
  name: "power-cuts",
  async run({ folder, random, isOver, report }) {
    const total = { records: 0, cuts: 0, facts: 0, verified: 0 };
    do {
      const place = realpathSync(mkdtempSync(join(folder, "power-cuts-")));
      await soakRecord({ place, random, isOver, report, total });
      rmSync(place, { recursive: true });
    } while (!isOver());
    return total;
  },
};

async function soakRecord({ place, random, isOver, report, total }) {
  const data = join(place, "data");
  const { ledger, trace } = await record({ data, file: join(place, "trace"), random, report });
  total.records += 1;
  const disk = new Disk(trace.calls);
  const inspector = new Inspector();
  const tokens = [...ledger.paths].filter((path) => path.startsWith("token ")).map((path) => path.slice(6));
  const image = join(place, "image");
  for (let cut = 0; cut === 0 || (cut < cutsPerRecord && !isOver()); cut += 1) {
    const at = choosePlace(trace, random);
    const variant = random.pick([...variants, "dropped", "subset", "subset"]);
    disk.write(image, at, variant, random);
    const { rows, error } = await inspector.inspect({ folder: image, tokens });
    if (error !== undefined) {
      report(`${variant} at ${at} of ${trace.last}: ${error}`);
      continue;
    }
    const hasBegun = (fact) => (trace.begun.get(fact.request) ?? Infinity) <= at;
    const isAcknowledged = (fact) =>
      fact.outcome === "acknowledged" && (trace.answered.get(fact.request) ?? Infinity) <= at;
    const foreign = rows.filter(({ table, value }) => !(table === "user" && value.startsWith(administrator.username)));
    for (const wrong of compare(ledger, foreign, hasBegun, isAcknowledged)) {
      report(`${variant} at ${at} of ${trace.last}: ${wrong}`);
    }
    total.cuts += 1;
    total.facts += ledger.facts.filter(isAcknowledged).length;
    if (!random.chance(verifiedShare)) continue;
    total.verified += 1;
    const { code, output } = await runCommand(image, ["verify"]).result;
    if (code !== 0) report(`${variant} at ${at} of ${trace.last}: verify ended with ${code}: ${output}`);
  }
  inspector.end();
}

/** Runs the mixed load on a new data folder, behind strace. */
async function record({ data, file, random, report }) {
  mkdirSync(data);
  const ledger = new Ledger();
  const server = startServer(data, { wrapper: recorder(file) });
  const url = await server.url;
  const token = await prepare(url, await logIn(url), ledger);
  const isOver = () => ledger.facts.length >= factsPerRecord;
  const writing = Array.from({ length: writers }, (_, number) =>
    write({ url, token, name: `w${number}`, ledger, random: random.fork(), isOver }),
  );
  for (const { unexpected } of await Promise.all(writing)) for (const text of unexpected) report(text);
  await server.end("SIGTERM");
  return { ledger, trace: await readTrace(file, data) };
}

/** Any moment, the very moment of an answer, or beside a system call. */
function choosePlace({ calls, answered, last }, random) {
  if (random.chance(0.4)) return random.below(last);
  if (random.chance(0.6)) return random.pick([...answered.values()]);
  return random.pick(calls).ended - random.below(2);
}

/** Opens folders in another process, and in a new one where that dies. */
class Inspector {
  #child;
  #answer;

  inspect(order) {
    this.#child ??= this.#start();
    this.#child.send(order);
    return new Promise((resolve) => (this.#answer = resolve));
  }

  #start() {
    const child = fork(fileURLToPath(new URL("inspector.mjs", import.meta.url)));
    child.on("message", (found) => this.#answer(found));
    child.once("exit", (code, signal) => {
      this.#child = undefined;
      this.#answer({ error: `the process that opened it ended by ${signal ?? code}` });
    });
    return child;
  }

  end() {
    this.#child?.kill();
  }
}
