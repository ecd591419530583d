// Finds words that have given way to the field's own, in code, comments and documents: `check:words`.
// Each folder name given to it is looked through instead of the repository.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What is found, and what takes its place. */
const words = [
  [/\bmost[A-Z]\w*/, "max..."],
  [/\b(?:least|heaviest)[A-Z]\w*/, "min..., max..."],
  [/\btell[A-Z]\w*/, "format..."],
  [/\btold[A-Z]\w*|\bTold[A-Z]\w*/, "a name for what it is"],
  [/\b\w*Faults?\b/, "Issue, or DomainError"],
  [/\bRefusal\w*/, "Error, or rejected"],
  [/\b(?:WorkQueue|RowBudget)\b/, "Semaphore"],
  [/\bWorkMarks\b/, "Savepoints"],
  [
    /\bjoinWrites\b|\w*[aA]nswerOnce\b|\banswerStranger\b|\bweighGuess\b|\bjudged?\b/,
    "a word of the idempotency draft",
  ],
  [/\b[rR]eadmit\w*/, "recheckCredential"],
  [/\brequireSound\w*/, "validate..., requireIntact"],
  [/\bheeds?\b|\bheeded\b/i, "respect"],
  [/\bhears?\b/i, "receive, learn of"],
  [/\bmend(?:s|ed|ing)?\b/i, "fix"],
  [/\bfull-medium\b/i, "disk full"],
];

const folders = process.argv.slice(2);
const files = folders.length > 0 ? folders.flatMap(filesIn) : tracked();
let found = 0;
for (const file of files) {
  // The list, and the words that its test plants.
  if (/^scripts\/words(?:\.test)?\.mjs$/.test(file)) continue;
  for (const [index, line] of readFileSync(file, "utf8").split("\n").entries()) {
    for (const [pattern, instead] of words) {
      const match = pattern.exec(line);
      if (match === null) continue;
      found += 1;
      console.error(`${file}:${index + 1}: "${match[0]}"; write ${instead}`);
    }
  }
}
process.exitCode = found === 0 ? 0 : 1;

/** Sources and guides. What changed in the past and why, and what other software does, is told in the words of its time. */
function tracked() {
  const patterns = ["*.ts", "*.mjs", "*.cjs", "*.md", ":!CHANGELOG.md", ":!docs/decisions", ":!findings"];
  return execFileSync("git", ["ls-files", ...patterns], { encoding: "utf8" })
    .split("\n")
    .filter((name) => name !== "");
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
