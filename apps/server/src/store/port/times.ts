import type { Micros } from "../../clock.js";
import type { ClockRow } from "./rows.js";

/** Rows of one table whose times lie after an instant. */
export interface LateTimes {
  readonly table:
    | "module"
    | "ess"
    | "sequence"
    | "embedding"
    | "document"
    | "response"
    | "change"
    | "audit"
    | "user"
    | "session"
    | "api_key"
    | "idempotency";
  readonly rows: number;
  /** The latest of those times. */
  readonly newest: Micros;
}

/** Which times are wrong, and where they go. */
export interface TimeRepair {
  /** Times after this instant are wrong; at most `now`. */
  readonly after: Micros;
  /** How far they go back, above 0. */
  readonly by: Micros;
  /**
   * When the clock jumped, by the wrong clock, where that is known: what is late and was written before has its time of
   * another cause, and goes back to the moment of the jump and no further.
   */
  readonly jumpedAt?: Micros;
  readonly now: Micros;
}

/** What can be read of times and of the clock. */
export interface TimeReads {
  /** The newest time of a write to a module or of a document, a response or an audit entry; 0 where there is none. */
  newestTime(): Promise<Micros>;
  /** The rows that have a time after this instant, by table; tables without any are left out. Reads everything. */
  timesAfter(after: Micros): Promise<LateTimes[]>;
  /** What was kept of the clock; undefined where nothing was. */
  clock(): Promise<ClockRow | undefined>;
}

/** What can be written of times and of the clock. */
export interface TimeWrites {
  /**
   * Brings times back that a clock ahead has given. Within a module, a collection and the audit log none goes before the
   * time that came before it, and none stays after `now`. Rows of modules, documents and responses whose times change
   * are updated at `now`, with a revision and a change as after any update. A key's expiry keeps its distance from the
   * key's creation.
   */
  repairTimes(repair: TimeRepair): Promise<void>;
  /** Keeps what is known of the clock, in place of what was kept before. */
  putClock(row: ClockRow): Promise<void>;
  /**
   * Sets what sessions, keys and kept replies say of a time after `now` to `now`: a clock that ran ahead has
   * written it, and they would live for that much longer.
   */
  capTimes(now: Micros): Promise<void>;
}
