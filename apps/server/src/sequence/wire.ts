import type { Sequence } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { SequenceRow } from "../store/rows.js";

/** A sequence entry as the wire shows it: its 7 keys and nothing else. */
export function toSequence({ revision: _, ...row }: SequenceRow): Sequence {
  return { ...row, created_at: formatTimestamp(row.created_at), updated_at: formatTimestamp(row.updated_at) };
}
