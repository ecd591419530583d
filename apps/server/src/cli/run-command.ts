import { Command, CommanderError } from "@commander-js/extra-typings";
import { serverVersion } from "../version.js";
import { addBackupCommands } from "./backup-commands.js";
import { allOf, type Terminal, UsageError } from "./command.js";
import { addHelpCommands, helpConfiguration, reject, usageOf } from "./help-commands.js";
import { addImportCommands } from "./import-commands.js";
import { addKeyCommands } from "./key-commands.js";
import { addRepairCommands } from "./repair-commands.js";
import { addSequenceCommands } from "./sequence-commands.js";
import { addUserCommands } from "./user-commands.js";

/** In the order of the help. */
const adders = [
  addUserCommands,
  addKeyCommands,
  addBackupCommands,
  addImportCommands,
  addSequenceCommands,
  addRepairCommands,
  addHelpCommands,
];

/**
 * Runs the subcommand that the words behind `eca-server` name.
 *
 * @throws UsageError when they name none or not all that it takes; what the command throws.
 */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<void> {
  try {
    await createProgram(terminal).parseAsync(words, { from: "user" });
  } catch (error) {
    // Help and version end the program by an error, too.
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

function createProgram(terminal: Terminal): Command<[], { data?: string }> {
  const environment = { ...terminal.environment };
  const program = new Command("eca-server")
    .description(
      "Without a command it starts the server, which takes no options: its settings are environment variables, " +
        "and README.md lists them.",
    )
    .option("--data <folder>", "data folder to work on; without it the one that ECA_DATA names, or ./eca-data")
    .version(serverVersion, "--version", "print the version")
    .hook("preAction", (program, command) => {
      const { args, registeredArguments } = command;
      const { data } = program.opts();
      if (data !== undefined) environment["ECA_DATA"] = data;
      const excess = registeredArguments.at(-1)?.variadic === true ? undefined : args[registeredArguments.length];
      if (excess !== undefined) throw new UsageError(`"${excess}" is one word too many\nUsage: ${usageOf(command)}`);
    });
  for (const add of adders) add(program, { ...terminal, environment });
  for (const command of allOf(program)) {
    command
      .helpOption("-h, --help", "show help for the command")
      .helpCommand(false)
      .configureHelp(helpConfiguration)
      // Errors are printed where the process ends.
      .configureOutput({ writeOut: terminal.writeOut, writeErr: () => {}, outputError: () => {} })
      .allowExcessArguments()
      .exitOverride((error) => reject(error, command));
  }
  return program;
}
