import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("words.mjs", import.meta.url));

await test("a planted word is found, with its place and the word to use", () => {
  const folder = mkdtempSync(join(tmpdir(), "eca-words-"));
  try {
    writeFileSync(join(folder, "a.ts"), "const maxRows = 1;\nconst mostRows = 1;\n// It heeds the limit.\n");
    const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
    const file = join(folder, "a.ts");
    assert.equal(stderr, `${file}:2: "mostRows"; write max...\n${file}:3: "heeds"; write respect\n`);
    assert.equal(status, 1);
    writeFileSync(file, "// It respects the limit.\n");
    assert.equal(spawnSync(process.execPath, [script, folder]).status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
