import type { Command } from "./command.js";

const dataLine = "With --data <folder> it is that data folder, else the one that ECA_DATA names.";

/** How the server itself is started, and every subcommand. */
export function overview(commands: readonly Command[]): string {
  const usages = commands.map((command) => [command.name, command.summary] as const);
  const width = Math.max(...usages.map(([name]) => name.length), "--version".length);
  const lines = [...usages, ["help [command]", "Tell about a command."], ["--version", "Print the version."]].map(
    ([name = "", text = ""]) => `  eca-server ${name.padEnd(Math.max(width, "help [command]".length))}  ${text}`,
  );
  return [
    "Usage:",
    `  eca-server ${"".padEnd(Math.max(width, "help [command]".length))}  Start the server.`,
    ...lines,
    "",
    "All commands take --data <folder>; without it they work on the data folder that ECA_DATA names, ./eca-data",
    "unless told. The server takes no options: its settings are environment variables; README.md lists them.",
    "",
  ].join("\n");
}

/** How one command is called. */
export function usageOf({ name, usage }: Command): string {
  return `eca-server ${name} ${usage}`.trimEnd();
}

/** All about one command. */
export function helpOf(command: Command): string {
  const details = command.details === undefined ? [] : ["", ...command.details];
  return [`Usage: ${usageOf(command)}`, "", command.summary, ...details, "", dataLine, ""].join("\n");
}
