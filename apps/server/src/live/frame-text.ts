import { liveFrames } from "@eca/contract";
import { jsonWriterFor } from "../text/json-writer.js";
import type { Watch } from "./model-command.js";

/** The text of the frame that shows a row. */
export function frameText({ object, pretty }: Pick<Watch, "object" | "pretty">, row: unknown): string {
  return jsonWriterFor(pretty ? liveFrames.prettyEss : liveFrames[object])(row);
}
