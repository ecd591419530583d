/**
 * Flips single bits in copies of a small data folder and of a backup, and looks at what a server, `verify` and
 * `restore` make of it: whatever a user sees differently is refused as damage, and found by `verify`.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { restore, verify } from "../../../dist/open-store.js";
import { createRandom } from "../../../soak/random.mjs";
import { call, runCommand, startServer } from "../../../soak/processes.mjs";
import { fillStore } from "./filled-store.mjs";
import { ServerHost } from "./server-host.mjs";
import { compareViews, readView } from "./user-view.mjs";

/** Rounds at the same time. */
const workers = 2;

/** One round in so many is carried out by the built program, as an operator would. */
const programShare = 0.08;

/** One folder in which nothing is found in so many is restored from. */
const restoredShare = 0.3;

/**
 * @typedef {object} FlipRun
 * @property {string} folder An empty one, which is left to whoever made it.
 * @property {number} count How many flips at most.
 * @property {number} seed Of the choice of the bits. The bytes differ from run to run, by times and ids.
 * @property {() => boolean} [isOver] Whether to flip no more; one round is made in any case.
 * @property {(wrong: string) => void} report
 *
 * @param {FlipRun} run
 * @returns {Promise<{ flips: number, same: number, refused: number, damaged: number, found: number }>} How many servers
 * served all as before, did not start, and refused a part; and how many flips `verify` found.
 */
export async function flipBits({ folder, count, seed, isOver = () => false, report }) {
  const store = await fillStore(folder, createRandom(seed));
  const { digest } = await verify(copyOf(store.data, join(folder, "sound")));
  const total = { flips: 0, same: 0, refused: 0, damaged: 0, found: 0 };
  let next = 0;
  const work = async (worker) => {
    const place = join(folder, `worker-${worker}`);
    const host = new ServerHost();
    try {
      while (next < count && (next === 0 || !isOver())) {
        const number = (next += 1);
        rmSync(place, { recursive: true, force: true });
        mkdirSync(place);
        const random = createRandom(seed * 1009 + number);
        await new Flip({ place, store, digest, random, host, total, report }).run(number);
      }
    } finally {
      await host.end();
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return total;
}

function copyOf(source, target) {
  cpSync(source, target, { recursive: true });
  return target;
}

/** How often each file is chosen, of 100. */
const files = [
  [46, "eca.db"],
  [34, "eca.db-wal"],
  [4, "eca.db-sums"],
  [13, "backup.db"],
  [3, "backup.db.manifest.json"],
];
const wheel = files.flatMap(([share, file]) => Array.from({ length: share }, () => file));

/** What says that data is damaged. */
const damageErrors = new Set(["StoreUnusableError", "StoreDamagedError"]);

class Flip {
  #place;
  #store;
  #digest;
  #random;
  #host;
  #total;
  #report;

  constructor({ place, store, digest, random, host, total, report }) {
    this.#place = place;
    this.#store = store;
    this.#digest = digest;
    this.#random = random;
    this.#host = host;
    this.#total = total;
    this.#report = report;
  }

  async run(number) {
    const file = this.#random.pick(wheel);
    const isBackup = file.startsWith(basename(this.#store.backup));
    const data = join(this.#place, "data");
    if (isBackup) {
      for (const name of ["", ".manifest.json"])
        cpSync(this.#store.backup + name, join(this.#place, `backup.db${name}`));
    } else {
      copyOf(this.#store.data, data);
    }
    const where = flip(join(isBackup ? this.#place : data, file), this.#random);
    const report = this.#report;
    this.#report = (wrong) => report(`flip ${number}, ${file} ${where}: ${wrong}`);
    this.#total.flips += 1;
    if (isBackup) await this.#checkBackup(join(this.#place, "backup.db"));
    else await this.#checkFolder(data);
  }

  async #checkBackup(backup) {
    const found = await this.#verify(backup);
    this.#total.found += found.isDamaged ? 1 : 0;
    await this.#restore(backup, found);
    // What separates the words of a manifest says nothing.
    if (!found.isDamaged && found.digest === undefined) this.#report("verify found nothing");
  }

  async #checkFolder(data) {
    const isProgram = this.#random.chance(programShare);
    const served = copyOf(data, join(this.#place, "served"));
    const seen = await (isProgram ? this.#serveByProgram(served) : this.#serve(served));
    const found = await (isProgram ? this.#verifyByProgram(data) : this.#verify(data));
    this.#total[seen.kind] += 1;
    this.#total.found += found.isDamaged ? 1 : 0;
    if (seen.kind !== "same" && !found.isDamaged) {
      this.#report(
        `verify found nothing, though the server ${seen.kind === "refused" ? "refused to start" : "refused rows"}`,
      );
    }
    if (!found.isDamaged && found.digest !== this.#digest)
      this.#report(`verify found nothing, and says ${found.digest}`);
    // What is refused is refused at once; a copy takes its time.
    if (found.isDamaged || this.#random.chance(restoredShare)) await this.#restore(data, found);
  }

  /** What a server in another process makes of a folder. */
  async #serve(data) {
    const { url, error } = await this.#host.start(data);
    if (url === undefined) return this.#refused(error);
    const seen = await this.#look(url);
    const { error: atEnd } = await this.#host.stop();
    if (atEnd !== undefined) this.#report(`the server stopped by ${atEnd.name}: ${atEnd.message}`);
    return seen;
  }

  async #serveByProgram(data) {
    const server = startServer(data, { environment: { ECA_LOG_LEVEL: "fatal" } });
    const url = await server.url.catch(() => undefined);
    if (url === undefined) {
      const code = await server.gone;
      if (code !== 69) this.#report(`the program ended by ${code}`);
      return this.#refused({ name: "StoreUnusableError", message: server.errors() });
    }
    const seen = await this.#look(url);
    await server.end("SIGTERM");
    const code = await server.gone;
    if (code !== 0) this.#report(`the program ended by ${code}: ${server.errors()}`);
    return seen;
  }

  #refused({ name, message }) {
    if (!damageErrors.has(name) || !/damaged|missing/.test(message) || message.includes("    at ")) {
      this.#report(`the start was refused by ${name}: ${message}`);
    }
    return { kind: "refused" };
  }

  /** Compares what users see with what they saw. */
  async #look(url) {
    const replies = await readView(url, this.#store.token, this.#store.seen);
    const { wrong, damaged } = compareViews(this.#store.view, replies);
    for (const each of wrong.slice(0, 5)) this.#report(each);
    const { status } = await call(url, { path: "/readyz" });
    if (damaged > 0 && status !== 503) this.#report(`the server refuses damaged rows, and /readyz says ${status}`);
    return { kind: wrong.length > 0 || damaged > 0 ? "damaged" : "same" };
  }

  async #verify(path) {
    try {
      const { digest } = await verify(path);
      return { isDamaged: false, digest };
    } catch (error) {
      this.#requireDamage("verify", error);
      return { isDamaged: true };
    }
  }

  async #verifyByProgram(path) {
    const { code, output } = await runCommand(path, ["verify"]).result;
    if (code !== 0 && code !== 69) this.#report(`eca-server verify ended by ${code}: ${output}`);
    if (output.includes("    at ")) this.#report(`eca-server verify says ${output}`);
    return { isDamaged: code !== 0, digest: /sha256:[0-9a-f]{64}/.exec(output)?.[0] };
  }

  /** Where `verify` finds damage, a restore is refused; else it has all rows. */
  async #restore(source, { isDamaged, digest }) {
    const target = join(this.#place, "restored");
    try {
      const restored = await restore(source, target);
      if (isDamaged) this.#report("restore took what verify found damaged");
      if (restored.digest !== digest) this.#report(`restore made ${restored.digest} of ${digest}`);
    } catch (error) {
      this.#requireDamage("restore", error);
      if (!isDamaged) this.#report(`restore refused what verify took: ${error.message}`);
    }
  }

  #requireDamage(what, error) {
    if (error.name === "StoreUnusableError") return;
    this.#report(`${what} ended by ${error.stack}`);
  }
}

/** Flips a bit of a file; in a log it is sometimes many, as a single one can be put right. */
function flip(path, random) {
  const bytes = readFileSync(path);
  const isLog = path.endsWith("-wal");
  const length = isLog && random.chance(0.9) ? liveBytes(bytes) : bytes.length;
  const at = random.below(length);
  const isStretch = isLog && random.chance(0.4);
  const bit = random.below(8);
  if (!isStretch) bytes[at] ^= 1 << bit;
  else for (let place = at; place < Math.min(length, at + stretchBytes); place += 1) bytes[place] = random.below(256);
  writeFileSync(path, bytes);
  return `byte ${at} ${isStretch ? "and those after it" : `bit ${bit}`}`;
}

/** What a medium loses at once is mostly more than this. */
const stretchBytes = 64;

const logHeaderBytes = 32;
const frameBytes = 24 + 4096;

/** How far a log has frames of its present life; what stands behind them nobody reads. */
function liveBytes(log) {
  const salts = log.subarray(16, 24);
  let end = logHeaderBytes;
  while (end + frameBytes <= log.length && log.subarray(end + 8, end + 16).equals(salts)) end += frameBytes;
  return end;
}
