// Packs every package as it would be published, and uses it as a stranger would: publint and
// are-the-types-wrong on the archive, then plain npm into an empty ESM project and an empty CommonJS
// one, compiled under strict and run; then the server by its own command. Needs a package registry.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["packages/contract", "packages/cortex", "packages/client", "apps/server"];
const { version: typescript } = createRequire(import.meta.url)("typescript/package.json");
const work = mkdtempSync(join(tmpdir(), "eca-packages-"));

/** Runs a command to its end; its output is shown where it fails. */
function run(what, command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) {
    console.log(`ok   ${what}`);
    return stdout;
  }
  console.error(`${stdout}${stderr}`);
  throw new Error(`failed: ${what}`);
}

function pack() {
  const archives = join(work, "archives");
  mkdirSync(archives);
  for (const folder of folders) {
    const cwd = join(root, folder);
    const before = readFileSync(join(cwd, "package.json"), "utf8");
    run(`npm pack ${folder}`, "npm", ["pack", "--pack-destination", archives], cwd);
    if (readFileSync(join(cwd, "package.json"), "utf8") !== before) throw new Error(`${folder}: package.json changed`);
  }
  return readdirSync(archives).map((name) => join(archives, name));
}

function lint(archives) {
  for (const archive of archives) {
    run(`publint ${archive}`, "npx", ["publint", "run", archive, "--strict"], root);
    // The server is a program; whoever embeds it from CommonJS imports it dynamically.
    const profile = archive.includes("server") ? "esm-only" : "node16";
    run(`types of ${archive}`, "npx", ["attw", archive, "--profile", profile], root);
  }
}

const program = `
const client = createClient({ baseUrl: "http://localhost:2580/v1", username: "admin", password: "x" });
const facade = new ECA({ uri: "http://localhost:2580/v1", apiToken: "t" });
export async function remember(state: number[]): Promise<number> {
  const { body } = await client.ess.create({ body: { module_id: "m", state, valence: 1 } });
  // @ts-expect-error: the id of a row is a number
  const id: string = body.id;
  return body.id + (await facade.sequence.getAll({ moduleId: "m" })).length + id.length;
}
console.log(typeof remember, basePath, contract.ess.create.path, typeof successorCounts.predict, new EcaError("e").name);
`;

const imports = `
import { basePath, contract } from "@eca/contract";
import { createClient, ECA, EcaError } from "@eca/client";
import { successorCounts } from "@eca/cortex";
`;

function tryProject(type, archives) {
  const folder = join(work, type);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "stranger", private: true, type }));
  writeFileSync(join(folder, "main.ts"), imports + program);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        module: "NodeNext",
        target: "ES2022",
        lib: ["ES2023", "DOM", "DOM.Iterable"],
        types: [],
      },
      files: ["main.ts"],
    }),
  );
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  run(`npm install (${type})`, "npm", ["install", ...quiet, ...archives, `typescript@${typescript}`], folder);
  run(`tsc (${type})`, "npx", ["tsc", "-p", "."], folder);
  console.log(run(`node main.js (${type})`, process.execPath, ["main.js"], folder).trim());
  return folder;
}

/** Starts the installed server by its command, asks it how it is, and stops it. */
async function tryServer(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "node_modules/@eca/server/package.json"), "utf8"));
  const printed = run("npx eca-server --version", "npx", ["eca-server", "--version"], folder);
  if (!printed.includes(manifest.version)) throw new Error(`--version printed ${printed}`);
  const server = spawn(join(folder, "node_modules/.bin/eca-server"), [], {
    cwd: folder,
    // Whatever settings the caller has, no data but that of this folder.
    env: { ...process.env, ECA_PORT: "0", ECA_DATA: join(folder, "eca-data") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let out = "";
    for await (const chunk of server.stdout) {
      out += chunk;
      const url = /listening on (http:\S+)\/v1/.exec(out)?.[1];
      if (url === undefined) continue;
      for (const path of ["/healthz", "/docs", "/v1/openapi.json"]) {
        const { status } = await fetch(url + path);
        if (status !== 200) throw new Error(`${path} answered ${status}`);
      }
      break;
    }
    server.kill("SIGTERM");
    const [code] = await once(server, "exit");
    if (code !== 0) throw new Error(`the server ended with ${code}`);
    console.log("ok   eca-server starts, answers and stops");
  } finally {
    server.kill("SIGKILL");
  }
}

try {
  const archives = pack();
  lint(archives);
  tryProject("commonjs", archives);
  await tryServer(tryProject("module", archives));
} finally {
  rmSync(work, { recursive: true, force: true });
}
