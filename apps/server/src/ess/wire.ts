import type { Ess, SearchResult } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { EssRow } from "../store/rows.js";
import type { Match } from "./match.js";
import { shortest, toNumbers } from "./state.js";

/** A state as the wire shows it: its 19 keys and nothing else. */
export function toEss(row: EssRow): Ess {
  const { revision: _, ...shown } = row;
  return {
    ...shown,
    state: toNumbers(row.state),
    created_at: formatTimestamp(row.created_at),
    updated_at: formatTimestamp(row.updated_at),
  };
}

const largestFloat = Math.fround(3.4028235e38);

/** A match as the wire shows it. JSON has no infinity: a distance beyond 32-bit floats is told as the largest one. */
export function toSearchResult({ score, ess }: Match): SearchResult {
  return { score: shortest(Math.min(score, largestFloat)), ess: toEss(ess) };
}
