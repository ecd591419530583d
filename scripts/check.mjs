// Runs every script of package.json that is named `check:...`, each to its end whatever the others say.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const checks = Object.keys(scripts).filter((name) => name.startsWith("check:"));
const failed = checks.filter((name) => spawnSync(`pnpm run ${name}`, { stdio: "inherit", shell: true }).status !== 0);
console.log(failed.length === 0 ? `${checks.length} checks passed` : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
