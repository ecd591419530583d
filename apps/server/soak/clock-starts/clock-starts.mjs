// Starts the server with a clock that is days and years wrong, and right again, kills among the starts, and looks at
// what each start says, at the times that it gives and at what is left: see docs/decisions/0021-clock.md.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Ledger } from "../ledger.mjs";
import { logIn, runCommand, startServer } from "../processes.mjs";
import { repeatKeyed, settle } from "../settle.mjs";
import { prepare, write } from "../workload.mjs";
import { day, expectStart } from "./expected-start.mjs";
import { FolderHistory } from "./folder-history.mjs";

const year = 365.25 * day;

/** By how much the clock is wrong. */
const shifts = [-5 * year, -day, 0, 0, 40 * day, day, 5 * year];

const writers = 4;
const startsPerFolder = 14;

/** Writes that are repeated under their keys after each start. */
const keyedPerFolder = 30;

const shiftClock = new URL("../../test/shift-clock.mjs", import.meta.url).href;

/** @type {import("../soak.mjs").Trial} */
export const clockStarts = {
  name: "clock-starts",
  async run({ folder, random, isOver, report }) {
    const total = { starts: 0, refused: 0, jumped: 0, returned: 0, behind: 0, usual: 0, kills: 0, repaired: 0 };
    do {
      const place = mkdtempSync(join(folder, "clock-starts-"));
      await new Round({ place, random, report, total }).run(isOver);
      rmSync(place, { recursive: true });
    } while (!isOver());
    return total;
  },
};

/** The life of one data folder. */
class Round {
  #data;
  #shiftFile;
  #random;
  #report;
  #total;
  #ledger = new Ledger();
  #history = new FolderHistory();
  #token = "";
  #keyed = [];

  constructor({ place, random, report, total }) {
    this.#data = join(place, "data");
    this.#shiftFile = join(place, "clock-shift");
    this.#random = random;
    this.#total = total;
    this.#report = (wrong) => report(`${wrong.slice(0, 400)} (starts so far: ${this.#told.join(", ")})`);
  }

  /** What was done, for whoever reads what was wrong. */
  #told = [];

  async run(isOver) {
    const first = this.#random.pick(shifts);
    await this.#start(first, { isFirst: true });
    for (let start = 0; start < 3 || (start < startsPerFolder && !isOver()); start += 1) {
      await this.#start(this.#random.pick(shifts), { isConfirmed: this.#random.chance(0.15) });
    }
    await this.#start(0, { isConfirmed: true });
    const isExact = await this.#repair();
    // From here on the clock is known to be right: a reply of the day before, an entry of years ago, or one that was moved
    // there by a guess, has had its time.
    this.#keyed = [];
    if (first < 0 || !isExact) this.#history.forgetAudit();
    await this.#start(0, {});
  }

  /** Starts a server and has it write; a start that is refused is confirmed as its text says, or left. */
  async #start(shift, { isFirst = false, isConfirmed = false }) {
    this.#told.push(`${Math.round(shift / day)} days${isConfirmed ? " confirmed" : ""}`);
    writeFileSync(this.#shiftFile, String(shift / 1000));
    this.#total.starts += 1;
    const settings = this.#environment(isConfirmed ? { ECA_CONFIRM_CLOCK: "always" } : {});
    const begun = wallClock(shift);
    const server = startServer(this.#data, { environment: settings });
    if (!isFirst && this.#random.chance(0.15)) {
      await setTimeout(this.#random.below(700));
      await this.#end(server, "SIGKILL");
      await this.#look({
        expected: this.#expect(begun, wallClock(shift), isConfirmed),
        begun,
        shift,
        isCertain: false,
      });
      return;
    }
    const url = await server.url.catch(() => undefined);
    const expected = this.#expect(begun, wallClock(shift), isConfirmed);
    const kinds = expected.map(({ kind }) => kind);
    if (url === undefined) {
      await this.#refused({ server, shift, begun, expected });
      return;
    }
    if (kinds.every((kind) => kind === "refused")) this.#report("the server started, and should have been refused");
    const run = { expected: expected.filter(({ kind }) => kind !== "refused"), begun, shift };
    this.#total[kinds[0]] += 1;
    if (isFirst) this.#token = await prepare(url, await logIn(url), this.#ledger);
    await this.#load(server, url);
    if (server.errors() !== "") this.#report(`the server wrote: ${server.errors()}`);
    await this.#look({ ...run, isCertain: true });
  }

  async #refused({ server, shift, begun, expected }) {
    const code = await server.gone;
    const [{ kind, at }] = expected;
    if (kind !== "refused") {
      this.#report(`a start that should be ${kind} ended with ${code}: ${server.errors()}`);
      return;
    }
    this.#total.refused += 1;
    const text = server.errors();
    const [, says, known] =
      /^eca-server: the system's clock says (\S+)\. That is .* after .*, (\S+)\.\n/.exec(text) ?? [];
    const isRight = isNear(says, begun) && isNear(known, at) && code === 69;
    if (!isRight) this.#report(`a refused start ended with ${code}: ${text}`);
    await this.#look({ expected: [], begun, shift, isCertain: true });
    const confirmation = /ECA_CONFIRM_CLOCK=(\d{4}-\d\d-\d\d)\n$/.exec(text)?.[1];
    if (confirmation === undefined) this.#report(`a refused start says no confirmation: ${text}`);
    else if (this.#random.chance(0.4)) await this.#start(shift, { isConfirmed: true });
  }

  #environment(settings) {
    return { ...settings, NODE_OPTIONS: `--import ${shiftClock}`, CLOCK_SHIFT: this.#shiftFile };
  }

  /** What a start comes to; two things where its moment decides. */
  #expect(begun, now, isConfirmed) {
    const known = this.#history.known;
    const [first, last] = [expectStart(known, begun, isConfirmed), expectStart(known, now, isConfirmed)];
    return first.kind === last.kind ? [first] : [first, last];
  }

  /** Compares what is there with what was promised, and lets writers write until the server ends. */
  async #load(server, url) {
    const [token, ledger, report] = [this.#token, this.#ledger, this.#report];
    await settle({ url, token, ledger, report });
    await repeatKeyed({ url, token, ledger, keyed: this.#keyed, report });
    let isOver = false;
    const writing = Array.from({ length: writers }, (_, number) =>
      write({
        url,
        token,
        name: `w${number}`,
        ledger,
        random: this.#random.fork(),
        isOver: () => isOver,
        logsIn: false,
      }),
    );
    await setTimeout(20 + this.#random.below(500));
    const isKilled = this.#random.chance(0.6);
    if (isKilled) await this.#end(server, "SIGKILL");
    isOver = true;
    const outcomes = await Promise.all(writing);
    if (!isKilled) await this.#end(server, "SIGTERM");
    for (const { unexpected } of outcomes) for (const text of unexpected) report(text);
    const keyed = outcomes.flatMap((outcome) => outcome.keyed);
    this.#keyed = [...this.#keyed, ...keyed.slice(0, 8)].slice(0, keyedPerFolder);
  }

  async #end(server, signal) {
    if (signal === "SIGKILL") this.#total.kills += 1;
    await server.end(signal);
  }

  /** Looks at the folder that a process has left. */
  async #look({ expected, begun, shift, isCertain }) {
    const run = { begun, ended: wallClock(shift), expected, isCertain };
    for (const wrong of firstOf(await this.#history.look(this.#data, run))) this.#report(wrong);
  }

  /**
   * Brings back the times that lie ahead, with a clock that is right.
   *
   * @returns Whether it was known by how much they were ahead.
   */
  async #repair() {
    const plain = await this.#command(["repair-times"]);
    const now = wallClock(0);
    const doubt = doubtOf(expectStart(this.#history.known, now, false), now);
    if (doubt !== undefined && !(plain.code === 65 && plain.output.includes(doubt))) {
      this.#report(`repair-times should have said "${doubt}", and ended with ${plain.code}: ${plain.output}`);
    }
    const after = new Date(now / 1000).toISOString();
    const { code, output } = doubt === undefined ? plain : await this.#command(["repair-times", "--after", after]);
    if (code !== 0) this.#report(`repair-times ended with ${code}: ${output}`);
    this.#total.repaired += 1;
    const again = await this.#command(["repair-times"]);
    if (again.code !== 0 || !again.output.startsWith("No time in the data is after ")) {
      this.#report(`a second repair-times ended with ${again.code}: ${again.output}`);
    }
    const wrong = await this.#history.lookAfterRepair(this.#data, wallClock(0));
    for (const each of firstOf(wrong)) this.#report(each);
    const verified = await this.#command(["verify"]);
    if (verified.code !== 0) this.#report(`verify ended with ${verified.code}: ${verified.output}`);
    return output.includes("is known to have been ahead") || output.startsWith("No time in the data");
  }

  #command(words) {
    return runCommand(this.#data, words, this.#environment({})).result;
  }
}

/** Why `repair-times` asks whether the clock is right; undefined where nothing speaks against it. */
function doubtOf({ at, lag }, now) {
  if (at - now > day) return "before the time when a server last wrote here";
  return lag > 0 ? "jumped there by" : undefined;
}

const wallClock = (shift) => Date.now() * 1000 + shift;

/** What is wrong with one row is mostly wrong with the next ones, too. */
const firstOf = (wrong) => wrong.slice(0, 5);

/** Whether a text names an instant, give or take the time that a start takes. */
const isNear = (text, at) => Math.abs(Date.parse(text) * 1000 - at) < 60_000_000;
