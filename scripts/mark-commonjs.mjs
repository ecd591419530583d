// Says of a folder that its modules are CommonJS: the package around it says that all others are ESM.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: mark-commonjs.mjs <folder>");
writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
