/**
 * Breaks the built server for as long as it is told to, and looks at what is left: `pnpm soak`, or
 * `node apps/server/soak/soak.mjs` after a build. Linux only. Options:
 * - `--minutes 10` bounds the whole run, whose trials share the time; each makes at least one round;
 * - `--only kills` runs the trials whose name holds that text;
 * - `--seed 7` repeats the choices of another run, as far as they do not depend on the machine.
 *
 * Ends with 0 where every trial held, else with 1 and a line for each thing that was wrong.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bitFlips } from "./bit-flips.mjs";
import { clockStarts } from "./clock-starts/clock-starts.mjs";
import { histories } from "./histories/histories.mjs";
import { kills } from "./kills.mjs";
import { powerCuts } from "./power-cuts/power-cuts.mjs";
import { createRandom } from "./random.mjs";

/**
 * @typedef {object} Trial
 * @property {string} name
 * @property {number} [share] How much of the time it has, against 1 of others.
 * @property {(run: Run) => Promise<object>} run What was done, in numbers.
 *
 * @typedef {object} Run
 * @property {string} folder An empty one, for the trial alone; deleted after it.
 * @property {ReturnType<typeof createRandom>} random
 * @property {() => boolean} isOver Whether the time of the trial is used up; one round is made in any case.
 * @property {(wrong: string) => void} report
 */

/** @type {Trial[]} */
const trials = [kills, clockStarts, powerCuts, histories, bitFlips];

/** A run in which everything is wrong says so without filling the terminal. */
const maxReports = 50;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0)) throw new Error("--minutes is a number above 0");
if (!Number.isInteger(seed)) throw new Error("--seed is a whole number");
const chosen = trials.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`no trial has "${values.only}" in its name`);

// Beside the sources and not in /tmp, which may be memory: flushes must reach the disk.
const folder = mkdtempSync(join(process.cwd(), ".soak-"));
process.once("exit", () => rmSync(folder, { recursive: true }));
process.once("SIGINT", () => process.exit(130));

console.log(`soak: seed ${seed}, ${minutes} minutes`);
let failed = 0;
const shares = chosen.reduce((sum, { share = 1 }) => sum + share, 0);
for (const [at, { name, share = 1, run }] of chosen.entries()) {
  const ends = performance.now() + (minutes * 60_000 * share) / shares;
  const report = (wrong) => {
    failed += 1;
    if (failed <= maxReports) console.error(`${name}: ${wrong}`);
  };
  const isOver = () => performance.now() > ends;
  try {
    const total = await run({ folder, random: createRandom(seed + at), isOver, report });
    const figures = Object.entries(total).map(([what, count]) => `${what} ${count}`);
    console.log(`${name}: ${figures.join(", ")}`);
  } catch (error) {
    report(error.stack);
  }
}
console.log(failed === 0 ? "soak: held" : `soak: ${failed} things were wrong; repeat it by --seed ${seed}`);
process.exit(failed === 0 ? 0 : 1);
