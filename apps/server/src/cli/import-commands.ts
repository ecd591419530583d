import { resolve } from "node:path";
import { goOnFrom, systemClock } from "../clock.js";
import { readConfig } from "../config.js";
import { type ImportedModule, importModules } from "../import-config/import-modules.js";
import { readConfigFile } from "../import-config/read-config.js";
import { openStore } from "../open-store.js";
import { type Command, isSet } from "./command.js";
import { textTable } from "./text-table.js";

/** Subcommands that bring in what another server was told. */
export const importCommands: readonly Command[] = [
  {
    name: "import-config",
    usage: "<file> [--dry-run]",
    summary: "Create the modules that a configuration of the original server describes.",
    details: [
      "Takes the files that the Python SDK's ServerConfig, TwinConfig, CortexConfig and DocumentConfig write, with",
      "the files of emotified state instances that they name. Sets shapes, display names and those instances, also",
      "of modules that are there already; docs/guides/import-config.md tells more. Imports all of a file, or nothing",
      "of it: unknown keys and shapes that do not fit are named. --dry-run tells what would be done.",
    ],
    options: { "dry-run": { type: "boolean" } },
    positionals: 1,
    run: async (given, { environment, print, tell }) => {
      const [file = ""] = given.positionals;
      const dryRun = isSet(given, "dry-run");
      const { data } = readConfig(environment);
      const modules = await readConfigFile(resolve(file));
      const store = await openStore({ folder: resolve(data), shared: true });
      try {
        const clock = goOnFrom(await store.newestTime(), systemClock());
        const imported = await importModules(modules, { store, clock, dryRun });
        print(tableOf(imported));
        const changes = imported.filter(({ outcome }) => outcome !== "unchanged").length;
        const what = `${changes} of ${imported.length} ${imported.length === 1 ? "module" : "modules"}`;
        tell(dryRun ? `Nothing was changed; ${what} would be.\n` : `${what} created or changed.\n`);
      } finally {
        await store.close();
      }
    },
  },
];

function tableOf(imported: readonly ImportedModule[]): string {
  return textTable(
    ["MODULE", "OUTCOME", "SHAPE", "DISPLAY NAME", "INSTANCES"],
    imported.map(({ moduleId, outcome, configuration: { shape, display_name, emotified_instances } }) => [
      moduleId,
      outcome,
      shape === 0 ? "open" : String(shape),
      display_name ?? "",
      String(emotified_instances.length),
    ]),
  );
}
