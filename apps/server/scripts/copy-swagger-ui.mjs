// Puts the files that /docs is made of beside the built server, so that the page asks no other host
// and the server needs no package for it.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
const target = fileURLToPath(new URL("../dist/swagger-ui", import.meta.url));

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"]) {
  cpSync(join(source, file), join(target, file));
}
