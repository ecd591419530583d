// Tables of what was measured, and their places in the document.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

const document = new URL("../../../docs/benchmarks.md", import.meta.url);

/**
 * Puts a table into docs/benchmarks.md between `<!-- bench:id -->` and `<!-- /bench:id -->`, with a line
 * that tells when and where it was measured.
 *
 * @throws Error where the document has no such marks.
 */
export function writeTable(id, rows, { rounds, scale }) {
  const text = readFileSync(document, "utf8");
  const [open, close] = [`<!-- bench:${id} -->`, `<!-- /bench:${id} -->`];
  const [begin, end] = [text.indexOf(open), text.indexOf(close)];
  if (begin < 0 || end < begin) throw new Error(`docs/benchmarks.md has no ${open} and ${close}`);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${availableParallelism()} processors (${cpus()[0].model.trim()}), Node ${process.versions.node}`;
  const line = `${date}, ${machine}; rounds ${rounds}, scale ${scale}.`;
  const table = `${open}\n\n${line}\n\n${toMarkdown(rows)}\n\n`;
  writeFileSync(document, text.slice(0, begin) + table + text.slice(end));
}

/** Rows of the same columns as a table in Markdown. */
export function toMarkdown(rows) {
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  const widths = names.map((_, column) => Math.max(3, ...lines.map((line) => line[column].length)));
  const toLine = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const [head, ...body] = lines.map((line) => toLine(line));
  return [head, toLine(widths.map((width) => "-".repeat(width))), ...body].join("\n");
}
