// What a start has to make of the clock, written down anew from docs/decisions/0021-clock.md. Times are microseconds.

export const day = 86_400_000_000;

/** A difference that nobody notices. */
const second = 1_000_000;

/** How far time may go on without being kept. */
const hour = 3_600_000_000;

/**
 * @typedef {object} Known What the data says of the time.
 * @property {import("../../dist/store/port/rows.js").ClockRow | undefined} kept By the last process.
 * @property {number} newest The newest time of a row; 0 where there is none.
 *
 * @typedef {object} ExpectedStart
 * @property {"refused" | "usual" | "jumped" | "returned" | "behind"} kind
 * @property {number} at The first time that the server gives; where it is refused, what is known.
 * @property {number} lag By how much of it nothing is deleted yet.
 */

/**
 * @param {Known} known
 * @param {number} wall What the system's clock says.
 * @param {boolean} isConfirmed
 * @returns {ExpectedStart}
 */
export function expectStart({ kept, newest }, wall, isConfirmed) {
  const lag = kept?.lag ?? 0;
  const known = latestKnown(kept, newest);
  if (known === 0) return { kind: "usual", at: wall, lag: 0 };
  if (wall > known + day) {
    return isConfirmed ? { kind: "jumped", at: wall, lag: lag + wall - known } : { kind: "refused", at: known, lag };
  }
  const wouldBe = (kept?.at ?? 0) - lag;
  if (lag > 0 && wall < known - day && wall >= wouldBe - day) {
    // As far as it is ahead of where it would be, it is believed no more than any other jump.
    return { kind: "returned", at: wall, lag: wall > wouldBe + day ? wall - wouldBe : 0 };
  }
  return { kind: wall < known - second ? "behind" : "usual", at: Math.max(wall, known), lag };
}

/** Rows far beyond what was kept are those of a clock that was wrong. */
function latestKnown(kept, newest) {
  if (kept === undefined) return newest;
  return newest > kept.at + day ? kept.at : Math.max(kept.at, newest);
}

/** Whether a start keeps its time at once, so that it is known even where the process is killed. */
export function keepsAtOnce({ kept }, { kind, at }) {
  return kept === undefined || kind === "jumped" || kind === "returned" || at - kept.at >= hour;
}
