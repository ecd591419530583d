// Runs turbo with its telemetry off: the repository speaks to no host but the package registry.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const turbo = fileURLToPath(import.meta.resolve("turbo/bin/turbo"));
const { status, error } = spawnSync(process.execPath, [turbo, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
});
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
