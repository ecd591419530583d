import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "./run-command.js";

/** A home with the scripts, and with a file and a folder to complete. */
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eca-completion-"));
  await mkdir(join(home, "data folder"));
  await writeFile(join(home, "data.db"), "");
  for (const shell of shells) await writeFile(join(home, `script.${shell}`), await scriptFor(shell));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const shells = ["bash", "zsh", "fish"] as const;

async function scriptFor(shell: string): Promise<string> {
  let out = "";
  const writeOut = (text: string) => void (out += text);
  await runCommand(["completion", shell], { environment: {}, input: new PassThrough(), writeOut, writeErr: writeOut });
  return out;
}

function runIn(shell: string, words: readonly string[]): string[] {
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, TERM: "dumb" };
  return execFileSync(shell, words, { cwd: home, env, encoding: "utf8", timeout: 30_000 })
    .split("\n")
    .filter((line) => line !== "");
}

/** What a shell offers for the last of some words, as its own machinery for completions sees them. */
const offeredBy: Readonly<Record<(typeof shells)[number], (words: readonly string[]) => string[]>> = {
  bash: (words) => runIn("bash", ["--norc", "-c", `source script.bash; ${offered}`, "bash", ...words]),
  // As bashcompinit runs it; what does not begin with the word is left out by zsh itself, later on.
  zsh: (words) => {
    const prelude = "source script.zsh; emulate sh; setopt kshglob noshglob braceexpand ksharrays";
    const found = runIn("zsh", ["-f", "-c", `${prelude}; ${offered}`, "zsh", ...words]);
    return found.filter((word) => word.startsWith(words.at(-1) ?? ""));
  },
  fish: (words) => {
    const line = words.map((word) => word.replaceAll(" ", "\\ ")).join(" ");
    const out = runIn("fish", ["--no-config", "-c", `source script.fish; complete -C '${line}'`]);
    return out.map((word) => word.replace(/\t.*/, ""));
  },
};
const offered = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eca_server; printf '%s\\n' "\${COMPREPLY[@]}"`;

// The machine may lack a shell; bash is needed by the tests of CI itself.
describe.each(shells.filter((shell) => shell === "bash" || spawnSync(shell, ["--version"]).status === 0))(
  "completions in %s",
  (shell) => {
    it.each<[string[], string[]]>([
      [["us"], ["user"]],
      [
        ["user", ""],
        ["add", "list", "disable", "enable", "role", "password"],
      ],
      [
        ["user", "add", "ada", "--"],
        ["--role", "--generate", "--data", "--help"],
      ],
      [
        ["user", "add", "ada", "--role", ""],
        ["reader", "writer", "admin"],
      ],
      [["user", "add", "--role", "reader", "--g"], ["--generate"]],
      [["user", "role", "ada", "w"], ["writer"]],
      [["user", "add", ""], []],
      [["key", "list", "--user", ""], []],
      [
        ["help", "key", "r"],
        ["rotate", "revoke"],
      ],
      [["completion", "f"], ["fish"]],
      [["--v"], ["--version"]],
    ])("for %j are %j", (words, expected) => {
      expect(offeredBy[shell](["eca-server", ...words]).sort()).toEqual(expected.toSorted());
    });

    it.each([[["restore", "da"]], [["--data", "da"]], [["user", "list", "--data", "da"]]])(
      "for %j are files or folders",
      (words) => {
        const names = offeredBy[shell](["eca-server", ...words]).map((name) => name.replace(/\/$/, ""));
        expect(names).toContain("data folder");
        expect(names.includes("data.db")).toBe(words[0] === "restore");
      },
    );

    it("are registered for the command", () => {
      const registered = {
        bash: ["bash", "--norc", "-c", "source script.bash; complete -p eca-server"],
        zsh: ["zsh", "-f", "-c", "source script.zsh; print -r -- $_comps[eca-server]"],
        fish: ["fish", "--no-config", "-c", "source script.fish; complete -c eca-server"],
      }[shell];
      expect(runIn(registered[0] ?? "", registered.slice(1)).join("\n")).toContain("_eca_server");
    });
  },
);

it("a value behind = is completed in bash, which makes a word of the sign", () => {
  expect(offeredBy.bash(["eca-server", "user", "add", "--role", "=", "a"])).toEqual(["admin"]);
  expect(offeredBy.bash(["eca-server", "user", "add", "--role", "="])).toEqual(["reader", "writer", "admin"]);
  expect(offeredBy.bash(["eca-server", "user", "role", "--data", "=", "x", "ada", "a"])).toEqual(["admin"]);
});
