import { defineConfig } from "vitest/config";
import { fromSource } from "../../vitest.base.js";

export default defineConfig({
  ...fromSource,
  test: { include: ["{src,test}/**/*.test.ts"], testTimeout: 20_000 },
});
