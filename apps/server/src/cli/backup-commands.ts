import { resolve } from "node:path";
import { readConfig } from "../config/config.js";
import { backUp, openStore, restore, verify } from "../open-store.js";
import { type Store, StoreUnusableError } from "../store/port/store.js";
import { openClock } from "../time/open-clock.js";
import { spell } from "../time/start-clock.js";
import { systemTime } from "../time/time-source.js";
import { addCommand, type AddCommands, type Terminal } from "./command.js";
import { createProgressReport } from "./progress-report.js";

/** Subcommands about copies of the data. */
export const addBackupCommands: AddCommands = (program, terminal) => {
  addCommand(
    program,
    "backup",
    "Copy the data into a new file, while a server runs or not, and print its digest.",
    "The copy has every write that was acknowledged before the command began, and none in part. It is read back whole " +
      "before it gets its name; a backup that is cut short leaves a file that ends in .partial. Beside it lies " +
      "<file>.manifest.json, which says what it is known by: keep the two together.",
  )
    .argument("<file>")
    .action(async (file) => {
      const { rows, digest } = await backUp(dataFolder(terminal), file, createProgressReport(terminal));
      terminal.writeErr(`Backed up ${count(rows)} to ${resolve(file)}.\n`);
      terminal.writeOut(`${digest}\n`);
    });

  addCommand(
    program,
    "restore",
    "Make a data folder of a backup, and print its digest.",
    "The folder must be empty or not there yet. The digest is the one that the backup printed. Everybody has to log in " +
      "again; keys that were revoked and users that were disabled after the backup are as they were.",
    "The backup is compared with its manifest, <file>.manifest.json, before anything else. One that an older version has " +
      "made has none: --without-manifest restores it all the same. That is dangerous: of such a backup nobody can say " +
      "whether its values are those that were backed up.",
  )
    .argument("<file>")
    .option("--without-manifest", "restore a backup that has none")
    .action(async (file, { withoutManifest = false }) => {
      const folder = dataFolder(terminal);
      const { rows, digest } = await restore(file, folder, { withoutManifest }, createProgressReport(terminal));
      terminal.writeErr(`Restored ${count(rows)} to ${folder}.\n`);
      terminal.writeOut(`${digest}\n`);
      await confirmClock(terminal, folder);
    });

  addCommand(
    program,
    "verify",
    "Check whether a backup or a data folder is intact, and print its digest.",
    "Reads all of it, as it is at one moment, while a server runs or not. Without a name it is the data folder that " +
      "ECA_DATA names. It is compared with its checksums first, a backup with its manifest. Equal digests mean equal " +
      "data, whatever it lies on; who is logged in does not count.",
  )
    .argument("[file or data folder]")
    .action(async (path = dataFolder(terminal)) => {
      const { version, rows, digest, gap } = await verify(path, createProgressReport(terminal));
      if (gap !== undefined)
        terminal.writeErr(`${gap}, so that values in which bits were flipped are not all found.\n`);
      terminal.writeErr(`${path} is intact: schema version ${version}, ${count(rows)}.\n`);
      terminal.writeOut(`${digest}\n`);
    });
};

function dataFolder({ environment }: Terminal): string {
  return resolve(readConfig(environment).data);
}

/**
 * Lets the server start on a backup that is older than a day without another confirmation: whoever restores it is there
 * to see what the clock says. Until it is confirmed, it is trusted no more than after a confirmed start.
 */
async function confirmClock({ writeErr }: Terminal, folder: string): Promise<void> {
  let store: Store;
  try {
    store = await openStore({ folder, shared: true });
  } catch (error) {
    // An older version has made the backup: the server has to bring it up to date first.
    if (error instanceof StoreUnusableError) return;
    throw error;
  }
  try {
    const clock = await openClock({
      store,
      source: systemTime,
      confirmed: Number.MAX_SAFE_INTEGER,
      onWarning: ({ kind, seconds }) => {
        if (kind !== "jumped") return;
        const now = new Date(systemTime.wall() / 1000).toISOString().slice(0, "2026-11-30T12:00".length);
        const span = spell(seconds * 1_000_000);
        writeErr(
          `It is ${now} UTC by the system's clock, ${span} after the newest time in the backup. If that is wrong, `,
        );
        writeErr("set the clock before the server starts.\n");
      },
    });
    await clock.keep();
  } finally {
    await store.close();
  }
}

/** What people look for first in a copy. */
const countedTables = [
  ["module", "modules"],
  ["ess", "states"],
  ["sequence", "sequence entries"],
  ["document", "documents"],
] as const;

function count(rows: ReadonlyMap<string, number>): string {
  const parts = countedTables.map(([table, name]) => `${rows.get(table) ?? 0} ${name}`);
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
