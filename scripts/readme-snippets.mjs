// Runs what README.md shows: the command that starts the server, and the snippets of each language
// against a freshly started one. A `text` block behind a snippet is what the snippet prints.
//
// PYTHON names an interpreter that has the packages of the Python snippets; without them these are skipped.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  blocksOf,
  compilerOptions,
  createReport,
  expectPrinted,
  login,
  root,
  run,
  timeout,
  tsc,
  withBuiltServer,
  withServer,
} from "./snippet-runner.mjs";

const python = process.env.PYTHON ?? "python3";

const readme = await readFile(join(root, "README.md"), "utf8");
const { attempt, end } = createReport("README snippets");
const work = await mkdtemp(join(tmpdir(), "eca-readme-"));
try {
  await attempt("start command", checkStartCommand);
  await attempt("curl snippets", () => checkLanguage("bash", runBash));
  await attempt("a login with a wrong password shows why it was refused", checkRefusedLogin);
  await attempt("TypeScript snippets", () => checkLanguage("ts", runTypeScript));
  if (await hasPythonPackages()) await attempt("Python snippets", () => checkLanguage("python", runPython));
  else console.log(`skipped  Python snippets: ${python} has no avenieca package`);
} finally {
  await rm(work, { recursive: true, force: true });
}
end();

/** The command of the section "Start", as it stands there. */
async function checkStartCommand() {
  const command = /^## Start\n[\s\S]*?^```sh\n(.*)\n```/m.exec(readme)?.[1];
  if (command === undefined) throw new Error("README.md shows no command under Start");
  const environment = { ECA_USERNAME: "", ECA_PASSWORD: "" };
  await withServer({ work, command: "sh", args: ["-c", command], environment }, async (url, greeting) => {
    if (!/^Password {2,}\S{12,}/m.test(greeting)) throw new Error(`no generated password was printed:\n${greeting}`);
    const reply = await fetch(`${url}/healthz`);
    if (reply.status !== 200) throw new Error(`/healthz answered ${reply.status}`);
  });
}

/** All snippets of a language, one after the other in one program, against a server of their own. */
async function checkLanguage(language, execute) {
  const own = blocksOf(readme).filter((block) => block.language === language);
  if (own.length === 0) throw new Error(`README.md shows no ${language}`);
  await withBuiltServer(work, async (url) => {
    const key = JSON.stringify(await createKey(url));
    const code = own
      .map((block) => block.code.replaceAll("http://localhost:2580", url).replaceAll('"ecak_..."', key))
      .join("\n");
    expectPrinted(await execute(code), own.map(({ output = "" }) => output).join(""));
  });
}

/** The first curl snippet, with a password that is none: in a terminal, and so without `set -e`. */
async function checkRefusedLogin() {
  const { code } = blocksOf(readme).find((block) => block.language === "bash");
  await withBuiltServer(work, async (url) => {
    const wrong = code.replaceAll("http://localhost:2580", url).replaceAll(login.password, "no such password");
    const { stderr } = await run("bash", ["-c", `(${wrong}\n)\ntrue`], { timeout });
    if (!stderr.includes('{"errors":[')) throw new Error(`nothing of the refusal is shown, but: ${stderr}`);
  });
}

/** The token of a key as the page makes one. */
async function createKey(url) {
  const post = async (path, body, token) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const reply = await fetch(`${url}/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!reply.ok) throw new Error(`POST ${path} answered ${reply.status}: ${await reply.text()}`);
    return reply.json();
  };
  const { session_id } = await post("/login", login);
  return (await post("/key", { name: "my twin", role: "writer" }, session_id)).token;
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
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] }, files: ["program.ts"] }),
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "program.ts"), code);
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
