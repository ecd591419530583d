import { parseArgs } from "node:util";
import { serverVersion } from "../version.js";
import { type Arguments, type Command, type Terminal, textOf, UsageError } from "./command.js";
import { commands } from "./commands.js";
import { helpOf, overview, usageOf } from "./help.js";

/**
 * Runs the subcommand that the words behind `eca-server` name.
 *
 * @throws UsageError when they name none or not all that it takes; what the command throws.
 */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<void> {
  const [first = "", ...rest] = words;
  if (first === "--version") {
    terminal.print(`${serverVersion}\n`);
    return;
  }
  if (first === "help" || first === "--help" || first === "-h") {
    terminal.print(help(rest));
    return;
  }
  const found = find(words);
  if (found === undefined) throw new UsageError(`${whyNone(words)}; see eca-server help`);
  const { command, rest: given } = found;
  if (given.includes("--help") || given.includes("-h")) {
    terminal.print(helpOf(command));
    return;
  }
  const parsed = parse(command, given);
  const data = textOf(parsed, "data");
  const environment = data === undefined ? terminal.environment : { ...terminal.environment, ECA_DATA: data };
  await command.run(parsed, { ...terminal, environment });
}

function find(words: readonly string[]): { command: Command; rest: string[] } | undefined {
  for (const command of commands) {
    const name = command.name.split(" ");
    if (name.every((word, index) => words[index] === word)) return { command, rest: words.slice(name.length) };
  }
  return undefined;
}

/** Why words name no command. */
function whyNone([first = "", second]: readonly string[]): string {
  if (first.startsWith("-")) {
    return `${first} is no option of the server: its settings are environment variables such as ECA_PORT`;
  }
  const group = commands.map(({ name }) => name).filter((name) => name.startsWith(`${first} `));
  if (group.length === 0) return `there is no command "${first}"`;
  return second === undefined
    ? `${first} what? There are ${group.join(", ")}`
    : `there is no command "${first} ${second}"`;
}

function help(words: readonly string[]): string {
  if (words.length === 0) return overview(commands);
  const ofName = commands.filter(({ name }) => `${name} `.startsWith(`${words.join(" ")} `));
  if (ofName.length === 0) throw new UsageError(`there is no command "${words.join(" ")}"; see eca-server help`);
  return ofName.map(helpOf).join("\n");
}

function parse(command: Command, words: readonly string[]): Arguments {
  const refuse = (text: string): never => {
    throw new UsageError(`${text}\nUsage: ${usageOf(command)}`);
  };
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...command.options, data: { type: "string" } },
      allowPositionals: true,
      strict: true,
    });
    const most = command.positionals + (command.optionalPositionals ?? 0);
    if (positionals.length > most) refuse(`"${positionals[most]}" is one word too many`);
    if (positionals.length < command.positionals) refuse("something is missing");
    return { values, positionals };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    // Its first sentence tells what is wrong; those after it tell programmers how to parse otherwise.
    return refuse((error as Error).message.split(/\. /, 1).join(""));
  }
}
