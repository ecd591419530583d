/**
 * `node dist/openapi/write-document.js [--check] <file>` writes the OpenAPI document of a server with the default limits to a file, or fails
 * when the file is not what would be written.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readConfig } from "../config/config.js";
import { toLimits } from "../limits/limits.js";
import { openApiDocument } from "./document.js";

const { values, positionals } = parseArgs({ options: { check: { type: "boolean" } }, allowPositionals: true });
const [file] = positionals;
if (file === undefined) throw new Error("name the file to write or to check");

const text = `${JSON.stringify(openApiDocument(toLimits(readConfig({})).sizes), null, 2)}\n`;
if (values.check !== true) {
  writeFileSync(file, text);
} else if (readFileSync(file, "utf8") !== text) {
  console.error(`${file} does not follow from the contract any more; run "pnpm openapi" and commit it`);
  process.exitCode = 1;
}
