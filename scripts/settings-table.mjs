// Writes the table of settings in README.md from the server's own list; with --check it fails where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { settings } from "../apps/server/dist/config/settings.js";

const begin = "<!-- settings: written by `pnpm settings` -->";
const end = "<!-- end of settings -->";
const file = fileURLToPath(new URL("../README.md", import.meta.url));

const rows = Object.values(settings).map(({ variable, fallback, meaning }) => [
  `\`${variable}\``,
  fallback === undefined || fallback === "" ? "" : `\`${fallback}\``,
  meaning.replaceAll("|", "\\|"),
]);
const table = align([["Variable", "Default", "Meaning"], ...rows]);

const before = readFileSync(file, "utf8");
const from = before.indexOf(begin) + begin.length;
const to = before.indexOf(end);
if (from < begin.length || to < from) throw new Error(`README.md has no "${begin}" and "${end}" around its table`);
const after = `${before.slice(0, from)}\n\n${table}\n\n${before.slice(to)}`;

if (!process.argv.includes("--check")) {
  writeFileSync(file, after);
} else if (after !== before) {
  console.error(
    'The table of settings in README.md is not what apps/server/src/config/settings.ts says; run "pnpm settings"',
  );
  process.exitCode = 1;
}

/** A Markdown table as the formatter writes it. */
function align([head, ...body]) {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
