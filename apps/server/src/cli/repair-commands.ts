import { resolve } from "node:path";
import { readInstant } from "@eca/contract";
import { commandLine } from "../caller/actor.js";
import { createAuditLog } from "../audit/audit-log.js";
import { formatTimestamp, parseInstant } from "../clock.js";
import { type Config, readConfig } from "../config/config.js";
import { openStore } from "../open-store.js";
import { type PlannedRepair, planRepair, repairTimes, type WantedRepair } from "../repair/repair-times.js";
import { duration } from "../config/setting-values.js";
import type { LateTimes, Store } from "../store/port/store.js";
import { spell, startClock } from "../time/start-clock.js";
import { systemTime } from "../time/time-source.js";
import { addCommand, type AddCommands, UsageError } from "./command.js";
import { textTable } from "./text-table.js";

/** Subcommands that put data right. */
export const addRepairCommands: AddCommands = (program, { environment, writeOut, writeErr }) => {
  addCommand(
    program,
    "repair-times",
    "Bring back times that lie ahead, which a wrong clock has given.",
    "Set the clock right and stop the server first; look at --dry-run before, and make a backup. Times that lie ahead go " +
      "back by as much as the clock is known to have been ahead; where that is not known, so far that the newest of them " +
      "is the present. They keep their order: none goes before the row that came before it, and none stays ahead.",
    "Rows that change are new revisions of themselves: programs that hold ETags read them again. Texts that a server has " +
      "made of rows follow; texts that callers have written are left as they are.",
  )
    .option(
      "--after <time>",
      "an instant such as 2026-11-30T12:00:00Z, where times that do not lie ahead any more are wrong too",
    )
    .option("--by <duration>", "a duration such as 3652d, where it is known better")
    .option("--dry-run", "print what would be done")
    .action(async ({ after, by, dryRun = false }) => {
      const config = readConfig(environment);
      const wanted = readWanted(after, by);
      const store = await openStore({ folder: resolve(config.data), shared: dryRun });
      try {
        const planned = await plan(store, config, wanted);
        writeOut(tableOf(planned.found));
        writeErr(dryRun ? `${describe(planned, "would go")}Nothing was changed.\n` : describe(planned, "go"));
        if (dryRun) return;
        await repairTimes(planned, commandLine, { store, audit: auditOf(store, config, planned.now) });
        if (planned.found.length > 0) writeErr("Done.\n");
      } finally {
        await store.close();
      }
    });
};

function readWanted(after: string | undefined, by: string | undefined): WantedRepair {
  if (after !== undefined && readInstant(after) === undefined) {
    throw new UsageError(`--after: "${after}" is no instant such as 2026-11-30T12:00:00Z`);
  }
  const span = by === undefined ? undefined : duration.safeParse(by);
  if (span?.success === false) throw new UsageError(`--by: "${by}" is no duration such as 3652d`);
  return { after: after === undefined ? undefined : parseInstant(after), by: span && span.data * 1000 };
}

/** @throws ClockJumpError when the clock itself lies ahead; what `planRepair` throws. */
async function plan(store: Store, { confirmClock }: Config, wanted: WantedRepair): Promise<PlannedRepair> {
  const now = systemTime.wall();
  const confirms = (wall: number) => confirmClock !== undefined && wall <= confirmClock;
  const [kept, newest] = [await store.clock(), await store.newestTime()];
  return planRepair(store, { now, wanted, start: startClock({ kept, newest, wall: now, confirms }) });
}

function auditOf(store: Store, { auditRetention: retention, auditEntries: limit }: Config, now: number) {
  const onError = (error: unknown) => {
    throw error;
  };
  return createAuditLog({ store, times: { now: () => now, aging: () => now }, retention, limit, onError });
}

function describe({ found, after, by, reason }: PlannedRepair, go: string): string {
  if (found.length === 0) return `No time in the data is after ${formatTimestamp(after)}.\n`;
  return (
    `Times after ${formatTimestamp(after)} ${go} back by ${spell(by)}, ${reason}; ` +
    "none before the row that came before it, and none stays ahead.\n"
  );
}

const words: Readonly<Record<LateTimes["table"], string>> = {
  module: "modules",
  ess: "states",
  sequence: "sequence entries",
  embedding: "embeddings",
  document: "documents",
  response: "responses",
  change: "changes",
  audit: "audit entries",
  user: "users",
  session: "sessions",
  api_key: "keys",
  idempotency: "kept replies",
};

function tableOf(found: readonly LateTimes[]): string {
  if (found.length === 0) return "";
  return textTable(
    ["TIMES OF", "ROWS", "NEWEST"],
    found.map(({ table, rows, newest }) => [words[table], String(rows), formatTimestamp(newest)]),
  );
}
