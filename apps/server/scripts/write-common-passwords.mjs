// Puts the most common passwords beside the built server, those alone that are long enough to be chosen, so that the
// server needs no package for them. Most common first, in small letters, one a line.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { minPasswordLength } from "@eca/contract";

const source = dirname(fileURLToPath(import.meta.resolve("@zxcvbn-ts/language-common/package.json")));
const target = fileURLToPath(new URL("../dist/common-passwords", import.meta.url));

const passwords = JSON.parse(readFileSync(join(source, "src/passwords.json"), "utf8"));
const fitting = passwords.filter((password) => [...password].length >= minPasswordLength);

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
writeFileSync(join(target, "passwords.txt"), `${fitting.join("\n")}\n`);
cpSync(join(source, "LICENSE.txt"), join(target, "LICENSE.txt"));
