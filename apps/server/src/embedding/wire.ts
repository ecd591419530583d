import type { Embedding } from "@eca/contract";
import { formatTimestamp } from "../clock.js";
import type { EmbeddingRow } from "../store/port/rows.js";

/** An embedding as the wire shows it: its 6 keys and nothing else. */
export function toEmbedding({ revision: _, ...row }: EmbeddingRow): Embedding {
  return { ...row, created_at: formatTimestamp(row.created_at), updated_at: formatTimestamp(row.updated_at) };
}
