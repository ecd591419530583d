import type { Sequence } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { SequenceRow } from "../store/port/rows.js";

/** A sequence entry as the wire shows it: its 7 keys and nothing else. */
export function toSequence(row: SequenceRow): Sequence {
  // Key by key: a spread costs more than all of these together.
  return {
    id: row.id,
    module_id: row.module_id,
    instance_id: row.instance_id,
    status: row.status,
    context: row.context,
    created_at: formatTimestamp(row.created_at),
    updated_at: formatTimestamp(row.updated_at),
  };
}
