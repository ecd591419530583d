import type { Response } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { ResponseRow } from "../store/port/rows.js";

/** A response as the wire shows it: its 12 keys and nothing else. */
export function toResponse({ revision: _, ...row }: ResponseRow): Response {
  return { ...row, created_at: formatTimestamp(row.created_at), updated_at: formatTimestamp(row.updated_at) };
}
