/**
 * Measures the built server: `pnpm bench`, or `node apps/server/bench/bench.mjs` after a build; Linux
 * only, as it reads what a process costs from /proc. Every figure stands beside a baseline of the same
 * run. Options:
 * - `--only list` measures the cases whose section or name holds that text;
 * - `--rounds 5` and `--scale 1` set how often and how much: below 1, fewer requests and fewer rows;
 * - `--write` puts the tables into docs/benchmarks.md; a section is then measured whole.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listSection } from "./measure-list.mjs";
import { predictionSection } from "./measure-predictions.mjs";
import { requestSection } from "./measure-requests.mjs";
import { searchSection } from "./measure-search.mjs";
import { startSection } from "./measure-start.mjs";
import { writeSection } from "./measure-writes.mjs";
import { stopAll } from "./processes.mjs";
import { toMarkdown, writeTable } from "./report.mjs";

const sections = [requestSection, writeSection, searchSection, listSection, predictionSection, startSection];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    scale: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    write: { type: "boolean", default: false },
    dist: { type: "string", default: new URL("../dist/", import.meta.url).href },
  },
});
const rounds = Number(values.rounds);
const scale = Number(values.scale);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds is a whole number from 1");
if (!(scale > 0)) throw new Error("--scale is a number above 0");
const wanted = sections
  .map(({ id, cases, measure }) => {
    const all = cases(scale);
    const some = all.filter(({ name }) => `${id} ${name}`.includes(values.only));
    return { id, measure, cases: values.write && some.length > 0 ? all : some };
  })
  .filter(({ cases }) => cases.length > 0);
if (wanted.length === 0) throw new Error(`no case has "${values.only}" in the name of its section or its own`);

// Beside the sources and not in /tmp, which may be memory: flushes must reach the disk.
const folder = mkdtempSync(join(process.cwd(), ".bench-"));
process.once("exit", () => rmSync(folder, { recursive: true }));
process.once("SIGINT", () => process.exit(130));
try {
  for (const section of wanted) await measureSection(section);
} finally {
  await stopAll();
}

async function measureSection({ id, cases, measure }) {
  const data = join(folder, id);
  const rows = await measure(cases, { dist: values.dist, folder: data, rounds, scale });
  rmSync(data, { recursive: true });
  console.log(`${id}\n\n${toMarkdown(rows)}\n`);
  if (values.write) writeTable(id, rows, { rounds, scale });
}
