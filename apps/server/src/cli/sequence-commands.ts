import { readInstant } from "@eca/contract";
import { commandLine } from "../caller/actor.js";
import { formatTimestamp, parseInstant } from "../clock.js";
import { requireModule } from "../module/service.js";
import {
  findUnmarked,
  type Marked,
  markPredicted,
  type MarkSelection,
  predictedStatus,
} from "../sequence/mark-predicted.js";
import type { Reader } from "../store/port/store.js";
import { addCommand, type AddCommands, repeated, UsageError } from "./command.js";
import { withData } from "./data.js";
import { textTable } from "./text-table.js";

/** Subcommands about the logs of modules. */
export const addSequenceCommands: AddCommands = (program, terminal) => {
  addCommand(
    program,
    "mark-predicted",
    "Mark entries as predicted that predictions stored before entries were marked.",
    "Older servers knew the entries that store_sequence appends by their status alone, which is p. Such entries " +
      "count as observed: they vote, and can be the latest of their module. This marks them as predicted.",
    "Programs may have written entries with the same status themselves: name the modules and the times in which " +
      "predictions were stored, and look at --dry-run first, as a mark cannot be taken back.",
    "Either --module or --all must be given. --from and --to take instants such as 2026-11-30T12:00:00Z and compare with " +
      "created_at.",
  )
    .option("--module <module id>", "a module; repeat it for more", repeated)
    .option("--all", "every module")
    .option("--status <status>", "status of the entries; p by default")
    .option("--from <time>", "entries from this instant on")
    .option("--to <time>", "entries before this instant")
    .option("--dry-run", "print what would be marked")
    .action(async ({ module = [], all = false, dryRun = false, status = predictedStatus, from, to }) => {
      const modules = [...new Set(module)];
      if (all === modules.length > 0) throw new UsageError("give either --module or --all");
      const selection = { status, ...toInstant("from", from), ...toInstant("to", to) };
      const wanted = (moduleId: string): MarkSelection => ({ ...selection, moduleId });
      const found = await withData(terminal, dryRun ? "read" : "write", async (data) => {
        // All of them are there before any of them changes.
        for (const moduleId of modules) await requireModule(data.store, moduleId);
        const found: Marked[] = [];
        for (const moduleId of all ? await allModules(data.store) : modules) {
          const marked = dryRun
            ? await findUnmarked(data.store, wanted(moduleId))
            : await markPredicted(wanted(moduleId), commandLine, { ...data, clock: data.times.now });
          if (marked.count > 0) found.push(marked);
        }
        return found;
      });
      if (found.length > 0) terminal.writeOut(tableOf(found));
      const what = entries(found.reduce((sum, { count }) => sum + count, 0));
      terminal.writeErr(
        dryRun ? `Nothing was changed; ${what} would be marked as predicted.\n` : `${what} marked as predicted.\n`,
      );
    });
};

function toInstant<Name extends string>(name: Name, text: string | undefined): Partial<Record<Name, number>> {
  if (text === undefined) return {};
  if (readInstant(text) === undefined) {
    throw new UsageError(`--${name}: "${text}" is no instant such as 2026-11-30T12:00:00Z`);
  }
  return { [name]: parseInstant(text) } as Record<Name, number>;
}

function entries(count: number): string {
  return `${count} ${count === 1 ? "entry" : "entries"}`;
}

async function allModules(store: Reader): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const after = ids.at(-1);
    const page = await store.modules({ order: "asc", limit: 1000, ...(after !== undefined && { after }) });
    ids.push(...page.map((row) => row.module_id));
    if (page.length < 1000) return ids;
  }
}

function tableOf(found: readonly Marked[]): string {
  return textTable(
    ["MODULE", "ENTRIES", "FIRST ID", "CREATED", "LAST ID", "CREATED"],
    found.map(({ moduleId, count, first, last }) => [
      moduleId,
      String(count),
      ...[first, last].flatMap((row) =>
        row === undefined ? ["", ""] : [String(row.id), formatTimestamp(row.created_at)],
      ),
    ]),
  );
}
