import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const client = fileURLToPath(new URL("..", import.meta.url));
const contract = join(client, "../contract");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

let folder: string;

/** A project of the client and two programs that use it, against a copy of the contract's source. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-contract-change-"));
  await cp(join(contract, "src"), join(folder, "src"), { recursive: true });
  await symlink(join(contract, "node_modules"), join(folder, "node_modules"), "junction");
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const project = {
    extends: join(client, "tsconfig.json"),
    compilerOptions: {
      paths: { "@eca/contract": [join(folder, "src/index.ts")] },
      typeRoots: [join(client, "node_modules/@types")],
    },
    include: [],
    files: ["src/index.ts", "test/tour.fixture.ts", "test/room.fixture.ts"].map((file) => join(client, file)),
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(project));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Resolves to what the compiler printed. */
function compile(): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, "-p", folder], (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

async function compileChanged(file: string, from: string, to: string): Promise<string> {
  const path = join(folder, "src", file);
  const before = await readFile(path, "utf8");
  expect(before).toContain(from);
  await writeFile(path, before.replace(from, to));
  try {
    return await compile();
  } finally {
    await writeFile(path, before);
  }
}

describe("a change of the contract", () => {
  it("compiles as long as there is none", async () => {
    expect(await compile()).toBe("");
  });

  it.each([
    ["another name in a request", "sequence.ts", "    instance_id: integer", "    ess_id: integer", "tour.fixture.ts"],
    [
      "a new field that must be sent",
      "ess.ts",
      "state: stateInput,",
      "state: stateInput, mood: z.string(),",
      "room.fixture.ts",
    ],
    [
      "another type in a reply",
      "ess.ts",
      "    score: float64.describe(",
      "    score: z.string().describe(",
      "room.fixture.ts",
    ],
    [
      "another name in a path",
      "sequence.ts",
      '"/sequence/:module_id/:id"',
      '"/sequence/:module_id/:entry"',
      "eca-sequence.ts",
    ],
    ["another status", "ess.ts", "{ 201: ess, ...essFailure", "{ 202: ess, ...essFailure", "tour.fixture.ts"],
    ["a route less", "ess.ts", "  upsert: {", "  reindex: {", "eca-ess.ts"],
  ])("%s breaks the compile where it matters", async (_, file, from, to, where) => {
    expect(await compileChanged(file, from, to)).toContain(where);
  });
});
