import { defineConfig } from "vitest/config";

/** `pnpm test:watch`: the tests of all packages, again for each change. */
export default defineConfig({ test: { projects: ["packages/*", "apps/*"] } });
