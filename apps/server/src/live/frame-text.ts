import { liveFrames } from "@eca/contract";
import { turnWriterFor } from "../text/json-in-turns.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { Watch } from "./model-command.js";

/** The text of the frame that shows a row, at once unless the row is long. */
export function frameText(
  { object, pretty }: Pick<Watch, "object" | "pretty">,
  row: unknown,
  timeSlice: TimeSlice,
): string | Promise<string> {
  return turnWriterFor(pretty ? liveFrames.prettyEss : liveFrames[object], timeSlice)(row);
}
