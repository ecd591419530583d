import type { Ess, PrettyEss, Sequence } from "@eca/contract";
import { type PrettyOptions, toPrettyEss } from "../ess/pretty.js";
import { toEssInTurns } from "../ess/wire.js";
import { toSequence } from "../sequence/wire.js";
import type { EssRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { Watch } from "./model-command.js";

/** What a module has to show now. */
export interface LiveService {
  /** The newest row as the wire shows it; undefined while there is none. */
  newest(watch: Pick<Watch, "object" | "moduleId" | "pretty">): Promise<Ess | PrettyEss | Sequence | undefined>;
}

interface LiveServiceDependencies {
  readonly store: Reader;
  readonly pretty: PrettyOptions;
  readonly timeSlice: TimeSlice;
}

export function createLiveService({ store, pretty: prettyOptions, timeSlice }: LiveServiceDependencies): LiveService {
  return {
    newest: async ({ object, moduleId, pretty }) => {
      if (object === "sequence") {
        const entry = await store.latestSequence(moduleId);
        return entry && toSequence(entry);
      }
      const row = await currentEss(store, moduleId);
      if (row === undefined) return undefined;
      return pretty ? toPrettyEss(row, prettyOptions) : toEssInTurns(row, timeSlice);
    },
  };
}

/**
 * The state that a module is in: that of its newest observation, or the newest state of all where
 * that was stored after the entry. A state that comes again leaves an entry alone, one of a module
 * without a log no entry.
 */
async function currentEss(store: Reader, moduleId: string): Promise<EssRow | undefined> {
  const [newest] = await store.essPage(moduleId, { order: "desc", limit: 1 });
  const entry = await store.latestSequence(moduleId);
  if (newest === undefined || entry === undefined || newest.created_at > entry.created_at) return newest;
  return entry.instance_id === newest.id ? newest : store.ess(moduleId, entry.instance_id);
}
