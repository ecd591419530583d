import type { DocumentRow, DocumentSource } from "../rows.js";
import type { SqlRow, SqlValue } from "./connection.js";
import { bytesOfColumns } from "./page-query.js";

/** In the order of `toDocumentRow`. */
export const documentColumns =
  "id, doc_id, text, status, created_at, updated_at, revision, source_kind, source_module_id, source_id, source_digest";

/** About the bytes of a document, as `PageQuery` asks for them. */
export const documentBytes = bytesOfColumns("doc_id", "text");

/** How many they are. */
export const documentWidth = 11;

export function toDocumentRow(row: SqlRow): DocumentRow {
  const [id, doc_id, text, status, created_at, updated_at, revision, ...source] = row as [
    number,
    string,
    string,
    DocumentRow["status"],
    number,
    number,
    number,
    ...SqlValue[],
  ];
  return { id, doc_id, text, status, created_at, updated_at, revision, source: toSource(source) };
}

/** The columns of a document's source, in their order. */
export function fromSource(source: DocumentSource | null): SqlValue[] {
  return source === null ? [null, null, null, null] : [source.kind, source.module_id, source.id, source.digest];
}

function toSource([kind, module_id, id, digest]: readonly SqlValue[]): DocumentSource | null {
  if (kind === null) return null;
  return { kind, module_id, id, digest: Uint8Array.from(digest as Uint8Array) } as DocumentSource;
}
