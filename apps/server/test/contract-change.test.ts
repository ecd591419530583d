import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const server = fileURLToPath(new URL("..", import.meta.url));
const contract = join(server, "../../packages/contract");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

let folder: string;

beforeAll(async () => {
  // Beside the contract, so that its own dependencies resolve as usual.
  folder = await mkdtemp(join(contract, "node_modules/.changed-"));
  await cp(join(contract, "src"), join(folder, "src"), { recursive: true });
  const project = {
    extends: join(server, "tsconfig.json"),
    compilerOptions: {
      paths: { "@eca/contract": [join(folder, "src/index.ts")] },
      typeRoots: [join(server, "node_modules/@types")],
    },
    include: [],
    files: [join(server, "src/app.ts")],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(project));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Compiles the server against the copy of the contract; answers what the compiler printed. */
function compile(): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, "-p", folder], (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

async function change(file: string, from: string, to: string): Promise<() => Promise<void>> {
  const path = join(folder, "src", file);
  const before = await readFile(path, "utf8");
  expect(before).toContain(from);
  await writeFile(path, before.replace(from, to));
  return () => writeFile(path, before);
}

describe("a change of the contract", () => {
  it("compiles as long as there is none", async () => {
    expect(await compile()).toBe("");
  });

  it("of a status needs none of the server, which takes it from the contract", async () => {
    const restore = await change("sequence.ts", "responses: { 201: sequence,", "responses: { 200: sequence,");
    try {
      expect(await compile()).toBe("");
    } finally {
      await restore();
    }
  });

  it.each([
    [
      "a new key in a reply",
      "sequence.ts",
      "status: z.string().describe(",
      "novel: z.string(),\n    status: z.string().describe(",
      "src/sequence/service.ts",
    ],
    [
      "another type in a reply",
      "ess.ts",
      "total_ess_score: integer.describe(",
      "total_ess_score: z.string().describe(",
      "src/ess/",
    ],
    [
      "another type in a request",
      "sequence.ts",
      "    instance_id: integer.describe(",
      "    instance_id: z.string().describe(",
      "src/sequence/service.ts",
    ],
    [
      "a list in place of a row",
      "sequence.ts",
      "responses: { 201: sequence,",
      "responses: { 201: z.array(sequence),",
      "src/sequence/routes.ts",
    ],
    [
      "a new route",
      "health.ts",
      "healthz: {",
      'novel: { method: "GET", path: "/novel", responses: { 200: health } },\n    healthz: {',
      "src/health/routes.ts",
    ],
    [
      "a new error code",
      "errors.ts",
      '"invalid_request",',
      '"invalid_request",\n  "novel",',
      "src/http/errors/error-table.ts",
    ],
  ])("%s breaks the compile where it matters", async (_name, file, from, to, where) => {
    const restore = await change(file, from, to);
    try {
      expect(await compile()).toContain(where);
    } finally {
      await restore();
    }
  });
});
