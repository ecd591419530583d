// Compiles every TypeScript program that the documentation beside README.md shows, and runs it and the
// shell commands against a server with some data. A `text` block behind a snippet is what it prints.
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
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
} from "./snippet-runner.mjs";

/** What is shown and not run, and why. */
const notRun = [
  [/^(?:ECA_\w+=\S*\n)+$/, "settings alone"],
  [/^docker /m, "needs Docker"],
  [/^pass show /m, "asks for a password"],
  [/\bnpx -y /, "fetches a package"],
  ...((await isInstalled("jq")) ? [] : [[/\bjq\b/, "jq is not installed"]]),
];

/** Files that a page's programs read: their names, and which of the page's `text` blocks they are. */
const filesOf = { "docs/guides/measurements.md": { name: "measurements.csv", block: 0 } };

const pages = [
  ...(await readdir(join(root, "docs/guides"))).sort().map((name) => `docs/guides/${name}`),
  "docs/client.md",
  "docs/python-sdk.md",
  "packages/client/README.md",
  "packages/cortex/README.md",
];

const { attempt, end } = createReport("Guide snippets");
const work = await mkdtemp(join(tmpdir(), "eca-guides-"));
try {
  const snippets = (await Promise.all(pages.map(read))).flat();
  const programs = snippets.filter(({ language }) => language === "ts");
  const commands = snippets.filter(({ language }) => language === "sh" || language === "bash");
  if (programs.length < 10 || commands.length < 5) throw new Error("the pages show fewer snippets than they did");
  if (await isInstalled("promtool")) await attempt("alert rules", () => testAlertRules(snippets));
  else console.log("not run  alert rules: promtool is not installed");
  await withBuiltServer(work, async (url, _printed, data) => {
    const token = await seed(url);
    await mkdir(join(work, "bin"));
    await writeFile(
      join(work, "bin/eca-server"),
      `#!/bin/sh\nexec "${process.execPath}" "${root}apps/server/bin/eca-server.js" "$@"\n`,
    );
    await chmod(join(work, "bin/eca-server"), 0o755);
    await attempt("TypeScript programs compile", () => compile(programs, url, token));
    for (const { name, page, output } of programs) {
      await attempt(`${page}: ${name}`, () => runProgram(name, page, output));
    }
    for (const command of commands) {
      const [, reason] = notRun.find(([pattern]) => pattern.test(command.code)) ?? [];
      if (reason !== undefined) console.log(`not run  ${command.page}: ${command.name}: ${reason}`);
      else await attempt(`${command.page}: ${command.name}`, () => runCommand(command.code, { url, token, data }));
    }
  });
} finally {
  await rm(work, { recursive: true, force: true });
}
end();

/** The rules as the page shows them, held to what they must do. */
async function testAlertRules(snippets) {
  const rules = snippets.filter(({ language, code }) => language === "yaml" && code.startsWith("groups:"));
  if (rules.length !== 1) throw new Error(`the pages show ${rules.length} groups of alert rules`);
  await writeFile(join(work, "rules.yml"), rules[0].code);
  await copyFile(join(root, "scripts/alert-rules.test.yml"), join(work, "alert-rules.test.yml"));
  await run("promtool", ["test", "rules", "alert-rules.test.yml"], { cwd: work, timeout });
}

async function isInstalled(command) {
  return run(command, ["--version"]).then(
    () => true,
    () => false,
  );
}

async function read(page) {
  const text = await readFile(join(root, page), "utf8");
  const name = (language, index) => `${page.replaceAll(/\W+/g, "-")}-${language}-${index + 1}`;
  return blocksOf(text).map((block, index) => ({ ...block, page, name: name(block.language, index) }));
}

/** What the pages take for granted. Answers the token of a session. */
async function seed(url) {
  const post = async (path, body, token) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const reply = await fetch(`${url}/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!reply.ok) throw new Error(`POST ${path} answered ${reply.status}: ${await reply.text()}`);
    return reply.json();
  };
  const { session_id: token } = await post("/login", login);
  for (const module_id of ["air_conditioner", "hall3"]) {
    await post("/ess", { module_id, state: [25.3], valence: 50 }, token);
    for (const status of ["n", "e", "sk"]) await post("/sequence", { module_id, instance_id: 1, status }, token);
  }
  return token;
}

/** Each in a file of its own, in a package that has installed what it imports. */
async function compile(programs, url, token) {
  const modules = join(work, "node_modules");
  await mkdir(join(modules, "@eca"), { recursive: true });
  for (const name of ["client", "cortex"])
    await symlink(join(root, "packages", name), join(modules, "@eca", name), "dir");
  await symlink(join(root, "apps/server/node_modules/@types"), join(modules, "@types"), "dir");
  for (const { name, code } of programs) {
    const own = code
      .replaceAll("http://localhost:2580", url)
      .replaceAll(/"(?:ecak_\.\.\.|a session_id(?: or key)?)"/g, JSON.stringify(token));
    await writeFile(join(work, `${name}.ts`), `${own}\nexport {};\n`);
  }
  await writeFile(join(work, "package.json"), JSON.stringify({ type: "module" }));
  const files = programs.map(({ name }) => `${name}.ts`);
  await writeFile(
    join(work, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...compilerOptions, types: ["node"] }, files }),
  );
  await run(process.execPath, [tsc, "-p", work], { timeout });
}

async function runProgram(name, page, output) {
  const file = filesOf[page];
  if (file !== undefined) {
    const texts = (await read(page)).filter(({ language }) => language === "text");
    await writeFile(join(work, file.name), texts[file.block].code);
  }
  const { stdout } = await run(process.execPath, [join(work, `${name}.js`)], { cwd: work, timeout });
  if (output !== undefined) expectPrinted(stdout, output);
}

/** As an administrator types it, with the folders of the pages inside one of its own; a refused call is a failure. */
async function runCommand(code, { url, token, data }) {
  const folders = ["/backups", "/etc/prometheus"];
  for (const folder of folders) await mkdir(join(work, folder), { recursive: true });
  const own = folders
    .reduce((text, folder) => text.replaceAll(folder, join(work, folder)), code)
    .replaceAll("/var/lib/eca", join(work, "restored"))
    .replaceAll("http://localhost:2580", url)
    // A copy of the day on which the page was written.
    .replaceAll(/eca-\d{4}-\d\d-\d\d\.db/g, "eca-$(date +%F).db");
  // Where a page asks for another kind of failure, that one counts.
  const strict = 'curl() { [[ "$*" == *--fail* ]] || set -- --fail-with-body "$@"; command curl "$@"; }\n';
  const env = {
    ...process.env,
    PATH: `${join(work, "bin")}${delimiter}${process.env.PATH}`,
    ECA: `${url}/v1`,
    ECA_DATA: data,
    TOKEN: token,
    KEY: token,
  };
  await run("bash", ["-euo", "pipefail", "-c", strict + own], { cwd: work, env, timeout });
}
