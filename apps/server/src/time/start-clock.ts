import { formatTimestamp, type Micros } from "../clock.js";
import type { ClockRow } from "../store/port/rows.js";
import { farStep } from "./running-clock.js";

/** What is known when a process begins to give times. */
interface Known {
  /** What the last process has kept; undefined where none did. */
  readonly kept: ClockRow | undefined;
  /** The newest time of a row; 0 where there is no row. */
  readonly newest: Micros;
  readonly wall: Micros;
  /** Whether the operator says that a wall clock is right. */
  readonly confirms: (wall: Micros) => boolean;
}

/** How a process begins. */
export interface Start {
  /**
   * `jumped`: more than a day after what was known, and confirmed. `returned`: the wall clock was far ahead and is
   * no more. `behind`: it is behind what is known, by which time goes on.
   */
  readonly kind: "usual" | "jumped" | "returned" | "behind";
  /** By how much, without sign. */
  readonly by: Micros;
  readonly row: ClockRow;
  /** Whether the wall clock is known to be wrong. */
  readonly distrustsWall: boolean;
}

/** The wall clock is so far beyond what is known that it is more likely wrong than right. */
export class ClockJumpError extends Error {
  override readonly name = "ClockJumpError";

  constructor(wall: Micros, known: Micros) {
    super(
      [
        `the system's clock says ${toSecond(wall)}. That is ${spell(wall - known)} after the newest time in the data, ${toSecond(known)}.`,
        "  Nothing was started or changed: with a wrong clock, all that is written gets a wrong time.",
        "  If the clock is wrong, set it right and start again.",
        `  If it is right, as after a long stop, confirm it for this start: ECA_CONFIRM_CLOCK=${toSecond(wall).slice(0, 10)}`,
      ].join("\n"),
    );
  }
}

/** A lag that nobody would notice. */
const noticed: Micros = 1_000_000;

/**
 * Where times begin. What a process before has kept counts more than the rows: they hold the times of a clock
 * that was wrong, too, until `repair-times` has brought them back.
 *
 * @throws ClockJumpError when the wall clock is more than a day ahead, and nobody confirms it.
 */
export function startClock({ kept, newest, wall, confirms }: Known): Start {
  const known = newestKnown(kept, newest);
  const row = { ...(kept ?? unknown), at: Math.max(wall, known) };
  if (known === 0) return { kind: "usual", by: 0, row, distrustsWall: false };
  const ahead = wall - known;
  if (ahead > farStep) {
    if (!confirms(wall)) throw new ClockJumpError(wall, known);
    return { kind: "jumped", by: ahead, row: { ...row, lag: row.lag + ahead, jumped_at: wall }, distrustsWall: false };
  }
  if (kept !== undefined && hasReturned(kept, wall, ahead)) {
    return { kind: "returned", by: -ahead, row: returnedRow(kept, wall), distrustsWall: false };
  }
  if (ahead > -noticed) return { kind: "usual", by: 0, row, distrustsWall: false };
  return { kind: "behind", by: -ahead, row, distrustsWall: kept !== undefined && ahead < -farStep };
}

const unknown: ClockRow = { at: 0, lag: 0, jumped_at: null, wrong_from: null, wrong_by: null };

/** Rows a little newer than what was kept were written after it; those far beyond it by a clock that was wrong. */
function newestKnown(kept: ClockRow | undefined, newest: Micros): Micros {
  if (kept === undefined) return newest;
  return newest - kept.at > farStep ? kept.at : Math.max(kept.at, newest);
}

/** Whether a jump that nothing had confirmed turns out to have been wrong. */
function hasReturned({ at, lag }: ClockRow, wall: Micros, ahead: Micros): boolean {
  return lag > 0 && ahead < -farStep && wall >= at - lag - farStep;
}

/** Back from a jump. A time that is still far beyond where it would be without it is an unconfirmed jump, too. */
function returnedRow({ at, lag, jumped_at }: ClockRow, wall: Micros): ClockRow {
  const beyond = wall - (at - lag);
  const rest = beyond > farStep ? beyond : 0;
  return {
    at: wall,
    lag: rest,
    jumped_at: rest > 0 ? wall : null,
    wrong_from: jumped_at,
    wrong_by: lag - rest,
  };
}

function toSecond(at: Micros): string {
  return `${formatTimestamp(at).slice(0, "2026-11-29T08:00:00".length)}Z`;
}

/** A span of time as people read it. */
export function spell(span: Micros): string {
  const hours = Math.round(span / 3_600_000_000);
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return hours >= 2 ? `${hours} hours` : `${Math.round(span / 1_000_000)} seconds`;
}
