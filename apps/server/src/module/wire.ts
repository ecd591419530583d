import type { Module } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { ModuleRow } from "../store/port/rows.js";

/** A module as the wire shows it. */
export function toModule({ ess_revision: _, ...row }: ModuleRow): Module {
  return {
    ...row,
    created_at: formatTimestamp(row.created_at),
    last_activity_at: formatTimestamp(row.last_activity_at),
  };
}
