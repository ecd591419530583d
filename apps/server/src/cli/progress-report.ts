import type { OnProgress, Progress } from "../open-store.js";
import type { Terminal } from "./command.js";

/** Before this nobody wonders what is going on, in milliseconds; and from then on a line comes this often. */
const interval = 2_000;

/**
 * Prints how far a command has come, beside its output: nothing where it ends within two seconds, then a line
 * every two seconds: `reading rows: 120832 of 1500000 (8 %)`.
 *
 * @param now In milliseconds; any clock that runs evenly.
 */
export function createProgressReport(
  { writeErr }: Pick<Terminal, "writeErr">,
  now: () => number = () => performance.now(),
): OnProgress {
  let next = now() + interval;
  return (progress) => {
    const time = now();
    if (time < next) return;
    next = time + interval;
    writeErr(`${formatProgress(progress)}\n`);
  };
}

function formatProgress({ step, done, total, unit }: Progress): string {
  if (total === undefined || total === 0) return `${step}: ${done} ${unit}`;
  const percent = Math.min(100, Math.floor((100 * done) / total));
  return `${step}: ${done} of ${total} ${unit} (${percent} %)`;
}
