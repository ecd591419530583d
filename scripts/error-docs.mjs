// Writes docs/errors.md from the server's own table of errors; with --check it fails where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorDocsMarkdown } from "../apps/server/dist/http/errors/error-docs.js";

const file = fileURLToPath(new URL("../docs/errors.md", import.meta.url));

if (!process.argv.includes("--check")) {
  writeFileSync(file, errorDocsMarkdown());
} else if (readFileSync(file, "utf8") !== errorDocsMarkdown()) {
  console.error('docs/errors.md is not what apps/server/src/http/errors/error-table.ts says; run "pnpm errors"');
  process.exitCode = 1;
}
