import type { DocumentRow } from "../rows.js";
import type { SqlRow } from "./connection.js";

/** In the order of `toDocumentRow`. */
export const documentColumns = "id, doc_id, text, status, created_at, updated_at, revision";

/** How many they are. */
export const documentWidth = 7;

export function toDocumentRow(row: SqlRow): DocumentRow {
  const [id, doc_id, text, status, created_at, updated_at, revision] = row as [
    number,
    string,
    string,
    DocumentRow["status"],
    number,
    number,
    number,
  ];
  return { id, doc_id, text, status, created_at, updated_at, revision };
}
