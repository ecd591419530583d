import { type CommanderError, type CommandUnknownOpts, Help } from "@commander-js/extra-typings";
import { similarName } from "../text/similar-name.js";
import { addCommand, type AddCommands, allOf, repeated, UsageError } from "./command.js";
import { completionOf, shells } from "./completion.js";

/** Subcommands about the command itself. */
export const addHelpCommands: AddCommands = (program, terminal) => {
  addCommand(
    program,
    "completion",
    "Print a script that completes commands, options and files at the Tab key.",
    "For bash and zsh: source <(eca-server completion bash), in ~/.bashrc or ~/.zshrc with the name of the shell. " +
      "For fish: eca-server completion fish > ~/.config/fish/completions/eca-server.fish",
  )
    .addArgument(shells)
    .action((shell) => terminal.writeOut(completionOf(program, shell)));

  addCommand(program, "help", "Show help for a command.")
    .argument("[command...]")
    .action((words) => {
      let found = program;
      for (const word of words) {
        const next = found.commands.find((command) => command.name() === word);
        if (next === undefined) throw new UsageError(whyNone(words.join(" "), word, found));
        found = next;
      }
      found.outputHelp();
    });
};

function whyNone(words: string, word: string, { commands }: CommandUnknownOpts): string {
  const meant = similarName(
    word,
    commands.map((command) => command.name()),
  );
  return withHint(`there is no command "${words}"${meant === undefined ? "" : `; did you mean ${meant}?`}`);
}

function withHint(text: string): string {
  return `${text}${text.endsWith("?") ? " See" : "; see"} eca-server help`;
}

/** How help is laid out: usages name each option, and lists have all commands of two words. */
export const helpConfiguration: Partial<Help> = {
  showGlobalOptions: true,
  commandUsage: usageOf,
  subcommandTerm: (command) => [pathOf(command).slice("eca-server ".length), ...argumentsOf(command)].join(" "),
  // The choices are shown in the usage.
  optionDescription: ({ description }) => description,
  formatHelp: (command, helper) => {
    // For the list alone: suggestions for a slip in the first word go by the commands right below the program.
    const visibleCommands = (parent: CommandUnknownOpts) =>
      allOf(parent).filter((each) => each !== parent && each.commands.length === 0);
    return Help.prototype.formatHelp.call(helper, command, Object.assign(helper, { visibleCommands }));
  },
};

function pathOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function argumentsOf({ registeredArguments }: CommandUnknownOpts): string[] {
  return registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
}

/** How a command is called. */
export function usageOf(command: CommandUnknownOpts): string {
  if (command.commands.length > 0) return `${pathOf(command)} ${command.parent === null ? "[command]" : "<command>"}`;
  const options = command.options.map(
    ({ flags, mandatory, parseArg }) => (mandatory ? flags : `[${flags}]`) + (parseArg === repeated ? "..." : ""),
  );
  return [pathOf(command), ...argumentsOf(command), ...options].join(" ");
}

/** Says what is wrong with a command line. @throws UsageError; the error itself where nothing is wrong. */
export function reject(error: CommanderError, command: CommandUnknownOpts): never {
  const { code, exitCode, message } = error;
  // Help and version end the program by an error, too.
  if (exitCode === 0) throw error;
  const text = message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\)$/, "; did you mean $1");
  if (command.commands.length === 0) throw new UsageError(`${text}\nUsage: ${usageOf(command)}`);
  if (command.parent !== null && code === "commander.help") {
    const names = command.commands.map((each) => `${command.name()} ${each.name()}`);
    throw new UsageError(`${command.name()} what? There are ${names.join(", ")}`);
  }
  if (code === "commander.help" || (command.parent === null && code === "commander.unknownOption")) {
    const named = code === "commander.help" ? "no command is given" : text;
    throw new UsageError(withHint(`${named}; settings of the server are environment variables such as ECA_PORT`));
  }
  throw new UsageError(withHint(text));
}
