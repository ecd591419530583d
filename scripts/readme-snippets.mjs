// Runs what README.md shows: the command that starts the server, and the snippets of each language
// against a freshly started one. A `text` block behind a snippet is what the snippet prints.
//
// PYTHON names an interpreter that has the packages of the Python snippets; without them these are skipped.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const python = process.env.PYTHON ?? "python3";
const timeout = 120_000;

const readme = await readFile(join(root, "README.md"), "utf8");
const results = [];
const work = await mkdtemp(join(tmpdir(), "eca-readme-"));
try {
  await attempt("start command", checkStartCommand);
  await attempt("curl snippets", () => checkLanguage("bash", runBash));
  await attempt("TypeScript snippets", () => checkLanguage("ts", runTypeScript));
  if (await hasPythonPackages()) await attempt("Python snippets", () => checkLanguage("python", runPython));
  else console.log(`skipped  Python snippets: ${python} has no avenieca package`);
} finally {
  await rm(work, { recursive: true, force: true });
}
const failed = results.filter((passed) => !passed).length;
console.log(`README snippets: ${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function attempt(name, check) {
  try {
    await check();
    results.push(true);
    console.log(`passed   ${name}`);
  } catch (error) {
    results.push(false);
    console.log(`FAILED   ${name}: ${`${error.message}\n${error.stdout ?? ""}`.slice(0, 4000)}`);
  }
}

/** The command of the section "Start", as it stands there. */
async function checkStartCommand() {
  const command = /^## Start\n[\s\S]*?^```sh\n(.*)\n```/m.exec(readme)?.[1];
  if (command === undefined) throw new Error("README.md shows no command under Start");
  await withServer("sh", ["-c", command], { ECA_USERNAME: "", ECA_PASSWORD: "" }, async (url, greeting) => {
    if (!/^Password {2,}\S{12,}/m.test(greeting)) throw new Error(`no generated password was printed:\n${greeting}`);
    const reply = await fetch(`${url}/healthz`);
    if (reply.status !== 200) throw new Error(`/healthz answered ${reply.status}`);
  });
}

/** All snippets of a language, one after the other in one program, against a server of their own. */
async function checkLanguage(language, execute) {
  const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm)];
  const own = blocks.filter(([, name]) => name === language);
  if (own.length === 0) throw new Error(`README.md shows no ${language}`);
  const environment = { ECA_USERNAME: "admin", ECA_PASSWORD: "the password", ECA_LOG_LEVEL: "warn" };
  await withServer(process.execPath, ["apps/server/dist/main.js"], environment, async (url) => {
    const code = own.map(([, , text]) => text.replaceAll("http://localhost:2580", url)).join("\n");
    const printed = comparable(await execute(code));
    const expected = comparable(own.map(([, , , output = ""]) => output).join(""));
    if (printed !== expected) throw new Error(`printed\n  ${printed}\nand not\n  ${expected}`);
  });
}

/** Without instants and line breaks, which differ from run to run and from page to terminal. */
function comparable(text) {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, "<instant>").replaceAll(/\s+/g, "");
}

async function runBash(code) {
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", code], { timeout });
  return stdout;
}

/** In a program of its own that has installed the client: type-checked, compiled, run. */
async function runTypeScript(code) {
  const folder = join(work, "program");
  await mkdir(join(folder, "node_modules/@eca"), { recursive: true });
  await symlink(join(root, "packages/client"), join(folder, "node_modules/@eca/client"), "dir");
  // ts-rest's own declarations do not pass with zod 4; what programs see of them does.
  const checks = { strict: true, skipLibCheck: true };
  const compilerOptions = { ...checks, module: "nodenext", target: "es2022", lib: ["es2023", "dom"], types: [] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "program.ts"), code);
  const tsc = join(dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin/tsc");
  await run(process.execPath, [tsc, "-p", folder], { timeout });
  const { stdout } = await run(process.execPath, [join(folder, "program.js")], { timeout });
  return stdout;
}

async function hasPythonPackages() {
  return run(python, ["-c", "import avenieca"]).then(
    () => true,
    () => false,
  );
}

async function runPython(code) {
  const { stdout } = await run(python, ["-c", code], { timeout });
  return stdout;
}

/** Starts a server on a free port with an empty data folder, and ends it and all its processes. */
async function withServer(command, args, environment, use) {
  const data = await mkdtemp(join(work, "data-"));
  const env = { ...process.env, ECA_PORT: "0", ECA_DATA: data, ...environment };
  const server = spawn(command, args, { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(server, "close");
  let printed = "";
  const listening = new Promise((resolve, reject) => {
    const hear = (chunk) => {
      printed += chunk;
      // The data folder's line comes with the address, the login's with both.
      const address = /^ECA is listening on (http:\S+)\/v1$/m.exec(printed)?.[1];
      if (address !== undefined) setImmediate(resolve, address);
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    server.on("error", reject);
    server.on("close", (status) => reject(new Error(`the server ended with ${status}:\n${printed}`)));
    setTimeout(() => reject(new Error(`the server does not listen:\n${printed}`)), timeout).unref();
  });
  try {
    const url = await listening;
    await use(url, printed);
  } finally {
    // The whole group, as Ctrl-C in a terminal does.
    if (server.exitCode === null) process.kill(-Number(server.pid), "SIGINT");
    await ended;
  }
}
