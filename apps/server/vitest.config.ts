import { defineConfig } from "vitest/config";
import { fromSource } from "../../vitest.base.js";

export default defineConfig({
  ...fromSource,
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Test files of one process share the modules that they import: to load the server anew for each took a third of all time.
    // What a file changes for its process, a spy or a timer, it puts back.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
