import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { contract, routesOf } from "@eca/contract";
import { describe, expect, it } from "vitest";
import { ECA } from "../src/index.js";

const client = fileURLToPath(new URL("..", import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const docs = ["client.md", "python-sdk.md", "guides/paging.md", "guides/exactly-once.md"];
const pages = ["README.md", ...docs.map((page) => `../../docs/${page}`)];

function read(page: string): Promise<string> {
  return readFile(join(client, page), "utf8");
}

describe("the documentation", () => {
  it("shows programs that compile", async () => {
    const folder = await mkdtemp(join(tmpdir(), "eca-client-docs-"));
    try {
      const programs = (await Promise.all(pages.map(read))).flatMap((page) =>
        [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program]) => program ?? ""),
      );
      expect(programs.length).toBeGreaterThanOrEqual(pages.length);
      await Promise.all(programs.map((program, index) => writeFile(join(folder, `${index}.ts`), program)));
      await writeFile(join(folder, "package.json"), '{ "type": "module" }');
      await symlink(join(client, "node_modules"), join(folder, "node_modules"), "junction");
      const project = {
        extends: join(client, "tsconfig.json"),
        compilerOptions: {
          paths: { "@eca/client": [join(client, "src/index.ts")] },
          typeRoots: [join(client, "node_modules/@types")],
          // Examples name what they get, and stop there.
          noUnusedLocals: false,
        },
        include: ["*.ts"],
      };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify(project));
      const printed = await new Promise<string>((resolve) => {
        execFile(process.execPath, [tsc, "-p", folder], (_error, stdout, stderr) => resolve(stdout + stderr));
      });
      expect(printed).toBe("");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("tells of every call of the client and of the facade, and of no other", async () => {
    const page = await read("../../docs/python-sdk.md");
    const told = (prefix: string): string[] => [
      ...new Set([...page.matchAll(new RegExp(`\`${prefix}\\.(\\w+\\.\\w+)`, "g"))].map(([, name]) => name ?? "")),
    ];
    expect(told("client").toSorted()).toEqual([...routesOf(contract)].map(([name]) => name).toSorted());

    const { client: _, ...classes } = new ECA({ uri: "http://localhost:2580/v1", apiToken: "t" });
    const methods = Object.entries(classes).flatMap(([group, object]) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(object))
        .filter((name) => name !== "constructor")
        .map((name) => `${group}.${name}`),
    );
    expect(told("eca").toSorted()).toEqual(methods.toSorted());
  });
});
