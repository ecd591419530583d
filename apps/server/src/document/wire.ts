import type { Document } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { DocumentRow } from "../store/port/rows.js";

/** A document as the wire shows it: its 6 keys and nothing else. */
export function toDocument({ revision: _, source: __, ...row }: DocumentRow): Document {
  return { ...row, created_at: formatTimestamp(row.created_at), updated_at: formatTimestamp(row.updated_at) };
}
