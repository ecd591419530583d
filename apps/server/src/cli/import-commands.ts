import { statSync } from "node:fs";
import { resolve } from "node:path";
import { readConfig } from "../config/config.js";
import { ConfigIssues } from "../import-config/config-issues.js";
import { type ImportedModule, importModules, planImport } from "../import-config/import-modules.js";
import { type OriginalConfig, readConfigFile } from "../import-config/read-config.js";
import { holdsData, openStore } from "../open-store.js";
import type { Store } from "../store/port/store.js";
import { addCommand, type AddCommands, repeated, UsageError } from "./command.js";
import { withClock } from "./data.js";
import { textTable } from "./text-table.js";

/** Subcommands that import the configuration of another server. */
export const addImportCommands: AddCommands = (program, terminal) => {
  addCommand(
    program,
    "import-config",
    "Create the modules that a configuration of the original server describes.",
    "Takes the files that the Python SDK's classes and newer programs of the original write, with the files of emotified " +
      "state instances that they name. These are looked for where the configuration says, then in the folders of " +
      "--instances, then beside the configuration. Sets shapes, display names and those instances, also of modules that " +
      "are there already, and makes the data folder where there is none. All of a file is imported or nothing. Keys that " +
      "nothing is made of are listed; docs/guides/import-config.md says why.",
  )
    .argument("<file>")
    .option("--instances <folder>", "where to look for files of instances; repeat it for more", repeated)
    .option("--dry-run", "print what would be done")
    .action(async (file, { instances = [], dryRun = false }) => {
      const { environment, writeOut, writeErr } = terminal;
      const { data } = readConfig(environment);
      const folders = instances.map((folder) => resolve(folder));
      requireFolders(folders);
      const issues = new ConfigIssues();
      const config = await readConfigFile(resolve(file), folders, issues);
      const imported = await withStore(resolve(data), { dryRun, issues }, (store) =>
        store === undefined || dryRun || !issues.isEmpty
          ? planImport(config.modules, issues, store)
          : withClock(terminal, "write", store, ({ now: clock }) =>
              importModules(config.modules, issues, { store, clock }),
            ),
      );
      writeOut(tableOf(imported, dryRun));
      writeErr(summaryOf(imported, dryRun));
      for (const note of config.notes) writeErr(`${note}\n`);
      writeErr(formatUnused(config.unused));
    });
};

function requireFolders(folders: readonly string[]): void {
  const absent = folders.filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true);
  if (absent.length === 0) return;
  throw new UsageError(absent.map((folder) => `--instances ${folder}: there is no such folder`).join("\n"));
}

/** Runs a task on a data folder, which is made where it is missing and something is to be imported. */
async function withStore<T>(
  folder: string,
  { dryRun, issues }: { readonly dryRun: boolean; readonly issues: ConfigIssues },
  work: (store: Store | undefined) => Promise<T>,
): Promise<T> {
  const isThere = holdsData(folder);
  if (!isThere && (dryRun || !issues.isEmpty)) return work(undefined);
  const store = await openStore({ folder, shared: isThere }).catch((error: unknown) => {
    // What is wrong with the files is reported whether the data can be read or not.
    issues.require();
    throw error;
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function summaryOf(imported: readonly ImportedModule[], dryRun: boolean): string {
  const changes = imported.filter(({ outcome }) => outcome !== "unchanged").length;
  const what = `${changes} of ${imported.length} ${imported.length === 1 ? "module" : "modules"}`;
  return dryRun ? `Nothing was changed; ${what} would be.\n` : `${what} created or changed.\n`;
}

/** A line for each key, with its first place and the number of its places. */
function formatUnused(unused: OriginalConfig["unused"]): string {
  const keys = new Map<string, { place: string; count: number }>();
  for (const { key, place } of unused) {
    const known = keys.get(key);
    if (known === undefined) keys.set(key, { place, count: 1 });
    else known.count += 1;
  }
  if (keys.size === 0) return "";
  const rows = [...keys].map(([key, { place, count }]) => [
    key,
    count === 1 ? place : `${place} and ${count - 1} more`,
  ]);
  return `Not used:\n${textTable(["KEY", "PLACE"], rows)}`;
}

const wouldBe = { created: "would create", changed: "would change", unchanged: "unchanged" } as const;

function tableOf(imported: readonly ImportedModule[], dryRun: boolean): string {
  return textTable(
    ["MODULE", "OUTCOME", "SHAPE", "DISPLAY NAME", "INSTANCES"],
    imported.map(({ moduleId, outcome, configuration: { shape, display_name, emotified_instances } }) => [
      moduleId,
      dryRun ? wouldBe[outcome] : outcome,
      shape === 0 ? "open" : String(shape),
      display_name ?? "",
      String(emotified_instances.length),
    ]),
  );
}
