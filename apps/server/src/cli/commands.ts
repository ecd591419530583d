import { backupCommands } from "./backup-commands.js";
import type { Command } from "./command.js";
import { importCommands } from "./import-commands.js";
import { keyCommands } from "./key-commands.js";
import { repairCommands } from "./repair-commands.js";
import { sequenceCommands } from "./sequence-commands.js";
import { userCommands } from "./user-commands.js";

/** Every subcommand, as the help lists them. */
export const commands: readonly Command[] = [
  ...userCommands,
  ...keyCommands,
  ...backupCommands,
  ...importCommands,
  ...sequenceCommands,
  ...repairCommands,
];
