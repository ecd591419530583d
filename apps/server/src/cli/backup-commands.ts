import { resolve } from "node:path";
import { readConfig } from "../config.js";
import { backUp, requireSound, restore, verifyDatabase } from "../open-store.js";
import type { Command, Terminal } from "./command.js";
import { createProgressReport } from "./progress-report.js";

/** Subcommands about copies of the data. */
export const backupCommands: readonly Command[] = [
  {
    name: "backup",
    usage: "<file>",
    summary: "Copy the data into a new file, while a server runs or not, and print its digest.",
    details: [
      "The copy has every write that was acknowledged before the command began, and none in part. It is read",
      "back whole before it gets its name; a backup that is cut short leaves a file that ends in .partial.",
    ],
    options: {},
    positionals: 1,
    run: async (given, terminal) => {
      const [file = ""] = given.positionals;
      const { rows, digest } = await backUp(dataFolder(terminal), file, createProgressReport(terminal));
      terminal.tell(`Backed up ${count(rows)} to ${resolve(file)}.\n`);
      terminal.print(`${digest}\n`);
    },
  },
  {
    name: "restore",
    usage: "<file>",
    summary: "Make a data folder of a backup, and print its digest.",
    details: [
      "The folder must be empty or not there yet. The digest is the one that the backup printed. Everybody has",
      "to log in again; keys that were revoked and users that were disabled after the backup are as they were.",
    ],
    options: {},
    positionals: 1,
    run: async (given, terminal) => {
      const [file = ""] = given.positionals;
      const folder = dataFolder(terminal);
      const { rows, digest } = await restore(file, folder, createProgressReport(terminal));
      terminal.tell(`Restored ${count(rows)} to ${folder}.\n`);
      terminal.print(`${digest}\n`);
    },
  },
  {
    name: "verify",
    usage: "[file or data folder]",
    summary: "Look whether a backup or a data folder is sound, and print its digest.",
    details: [
      "Reads all of it, as it is at one moment, while a server runs or not. Without a name it is the data folder",
      "that ECA_DATA names. Equal digests mean equal data, whatever it lies on; who is logged in does not count.",
    ],
    options: {},
    positionals: 0,
    optionalPositionals: 1,
    run: async (given, terminal) => {
      const path = given.positionals[0] ?? dataFolder(terminal);
      const verification = verifyDatabase(path, createProgressReport(terminal));
      requireSound(verification, path);
      const { version, rows, digest } = verification;
      terminal.tell(`${path} is sound: schema version ${version}, ${count(rows)}.\n`);
      terminal.print(`${digest}\n`);
    },
  },
];

function dataFolder({ environment }: Terminal): string {
  return resolve(readConfig(environment).data);
}

/** What people look for first in a copy. */
const told = [
  ["module", "modules"],
  ["ess", "states"],
  ["sequence", "sequence entries"],
  ["document", "documents"],
] as const;

function count(rows: ReadonlyMap<string, number>): string {
  const parts = told.map(([table, name]) => `${rows.get(table) ?? 0} ${name}`);
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
