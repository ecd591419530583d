import type { Micros } from "../clock.js";
import type { Store } from "../store/port/store.js";
import { unlessDamaged } from "../store/unless-damaged.js";
import { type ClockEvent, farStep, RunningClock } from "./running-clock.js";
import { spell, type Start, startClock } from "./start-clock.js";
import type { TimeSource } from "./time-source.js";

/** Something that an operator should know of the clock. */
interface ClockWarning {
  readonly kind: ClockEvent["kind"];
  /** By how much, in whole seconds without sign. */
  readonly seconds: number;
  readonly text: string;
}

export interface OpenClockOptions {
  readonly store: Pick<Store, "clock" | "newestTime" | "transact">;
  readonly source: TimeSource;
  /** See `ECA_CONFIRM_CLOCK`: the latest time that is believed, in any case. */
  readonly confirmed: Micros | undefined;
  readonly onWarning: (warning: ClockWarning) => void;
}

/** The clocks of a process, and their place in the store. */
export interface OpenedClock {
  readonly times: RunningClock;
  /** Whether the next start has to know more than it would by what is kept. */
  readonly hasNews: boolean;
  /** Keeps what the next start has to know. @throws what the store throws. */
  keep(): Promise<void>;
  /** Has a function called soon after each event that the next start has to know of. */
  onNews(call: () => void): void;
}

/** How far time may go on without being kept. */
const keepInterval: Micros = 3_600_000_000;

/**
 * The clocks of a process that opens a store. Nothing is written.
 *
 * @throws ClockJumpError when the wall clock is more than a day after the newest time of the data, and not confirmed.
 */
export async function openClock({ store, source, confirmed, onWarning }: OpenClockOptions): Promise<OpenedClock> {
  // Times are better begun with less than not at all.
  const kept = await unlessDamaged(store.clock(), () => undefined);
  const confirms = (wall: Micros): boolean => confirmed !== undefined && wall <= confirmed;
  const start = startClock({
    kept,
    newest: await unlessDamaged(store.newestTime(), () => 0),
    wall: source.wall(),
    confirms,
  });
  if (start.kind !== "usual") onWarning(warningOf(start.kind, start.by, textOfStart(start)));
  let hasNews = kept === undefined || start.kind === "jumped" || start.kind === "returned";
  let keptAt = kept?.at ?? 0;
  let call: () => void = () => undefined;
  const times = new RunningClock(source, {
    ...start,
    onEvent: ({ kind, by }) => {
      hasNews = true;
      // Later: the clock is in the middle of saying the time.
      setImmediate(() => call());
      onWarning(warningOf(kind, by, textOfEvent[kind]));
    },
  });
  return {
    times,
    get hasNews() {
      return hasNews || times.now() - keptAt >= keepInterval;
    },
    keep: async () => {
      times.now();
      const row = times.row();
      await store.transact((tx) => tx.putClock(row));
      hasNews = false;
      keptAt = row.at;
    },
    onNews: (wanted) => {
      call = wanted;
    },
  };
}

function warningOf(kind: ClockEvent["kind"], by: Micros, text: string): ClockWarning {
  return { kind, seconds: Math.round(by / 1_000_000), text };
}

const repair = "stop the server and run eca-server repair-times";
const noDeletes = "nothing is deleted by its age for 7 days";

function textOfStart({ kind, by }: Pick<Start, "kind" | "by">): string {
  if (kind === "jumped")
    return `the clock is ${spell(by)} after the newest time in the data, as confirmed: ${noDeletes}`;
  if (kind === "returned") {
    return `the clock was ahead and has returned: to bring back the times of what was written meanwhile, ${repair}`;
  }
  const behind = `the clock is ${spell(by)} behind the newest time in the data: times go on from there`;
  return by <= farStep
    ? `${behind} until it has caught up`
    : `${behind} until it is set right. If it is right, the data was written with a clock ahead: ${repair}`;
}

const textOfEvent: Readonly<Record<ClockEvent["kind"], string>> = {
  forward: "the system's clock was set forward, or the machine slept: times follow it",
  back: "the system's clock was set back: times go on, at half their pace, until it has caught up",
  jumped: `the system's clock was set forward by more than a day: times follow it, and ${noDeletes}. If it is wrong, set it right, ${repair}`,
  returned: `the system's clock was set back by more than a day: times follow it. To bring back the times of what was written before, ${repair}`,
  behind: "the system's clock is set to a time that is more than a day behind what is known: times do not follow it",
};
