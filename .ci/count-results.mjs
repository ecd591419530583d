// Adds up what the test runner says of each package and what the SDK's drive and the snippets say of themselves,
// prints the sum, and fails when anything failed. Arguments: the folder of the steps' logs, then the steps that failed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const [folder, ...failedSteps] = process.argv.slice(2);

const counts = { test: countTests(), check: { passed: 0, failed: 0 }, sdk: countSdk(), snippets: countSnippets() };
// A step may fail beside its tests: a static check, an error outside of any test.
for (const step of failedSteps) {
  const count = (counts[step] ??= { passed: 0, failed: 0 });
  count.failed = Math.max(1, count.failed);
}

const passed = Object.values(counts).reduce((sum, count) => sum + count.passed, 0);
const failed = Object.values(counts).reduce((sum, count) => sum + count.failed, 0);
if (failedSteps.length > 0) console.log(`failed: ${failedSteps.join(", ")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function countTests() {
  const summaries = new Map();
  for (const line of linesOf("test")) {
    const [, name, summary] = /^(\S+):test: +Tests +(\d.*)$/.exec(line) ?? [];
    if (name !== undefined) summaries.set(name, toCount(summary));
  }
  const sum = { passed: 0, failed: 0 };
  for (const name of testedPackages()) {
    const count = summaries.get(name);
    if (count === undefined) console.log(`${name}: its tests did not come to an end`);
    sum.passed += count?.passed ?? 0;
    sum.failed += count?.failed ?? 1;
  }
  return sum;
}

/** Nothing where the SDK could not be installed, so that it was not driven. */
function countSdk() {
  if (!existsSync(join(folder, "sdk.log"))) return { passed: 0, failed: 0 };
  return toCount(linesOf("sdk").findLast((line) => / passed, \d+ failed$/.test(line)) ?? "1 failed");
}

function countSnippets() {
  const lines = linesOf("snippets");
  const [readme, guides] = ["README snippets: ", "Guide snippets: "].map((start) =>
    toCount(lines.findLast((line) => line.startsWith(start)) ?? "1 failed"),
  );
  return { passed: readme.passed + guides.passed, failed: readme.failed + guides.failed };
}

function toCount(summary) {
  const numberOf = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
  return { passed: numberOf("passed"), failed: numberOf("failed") };
}

function linesOf(step) {
  return stripVTControlCharacters(readFileSync(join(folder, `${step}.log`), "utf8")).split(/\r?\n/);
}

/** The names of the workspace's packages that have tests. */
function testedPackages() {
  return ["packages", "apps"].flatMap((parent) =>
    readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => JSON.parse(readFileSync(`${parent}/${entry.name}/package.json`, "utf8")))
      .filter(({ scripts }) => scripts?.test !== undefined)
      .map(({ name }) => name),
  );
}
