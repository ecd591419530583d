import type { DocumentRow, DocumentSource } from "../../port/rows.js";
import type { SqlRow, SqlValue } from "../database/connection.js";
import { longText, toText } from "./long-text.js";
import { bytesOfColumns } from "./page-query.js";

/** In the order of `toDocumentRow`. */
export const documentColumns =
  "id, doc_id, text, status, created_at, updated_at, revision, source_kind, source_module_id, source_id, source_digest";

/** The same as they are selected, of a table or of what is named in its place. */
export function selectDocument(table: string): string {
  const longColumns = new Set(["doc_id", "text"]);
  const select = (name: string) => (longColumns.has(name) ? longText(`${table}.${name}`) : `${table}.${name}`);
  return documentColumns.split(", ").map(select).join(", ");
}

/** About the bytes of a document, as `PageQuery` asks for them. */
export const documentBytes = bytesOfColumns("doc_id", "text");

/** How many they are. */
export const documentWidth = 11;

export function toDocumentRow(row: SqlRow): DocumentRow {
  const [id, doc_id, text, status, created_at, updated_at, revision, ...source] = row as [
    number,
    SqlValue,
    SqlValue,
    DocumentRow["status"],
    number,
    number,
    number,
    ...SqlValue[],
  ];
  return {
    id,
    doc_id: toText(doc_id),
    text: toText(text),
    status,
    created_at,
    updated_at,
    revision,
    source: toSource(source),
  };
}

/** The columns of a document's source, in their order. */
export function fromSource(source: DocumentSource | null): SqlValue[] {
  return source === null ? [null, null, null, null] : [source.kind, source.module_id, source.id, source.digest];
}

function toSource([kind, module_id, id, digest]: readonly SqlValue[]): DocumentSource | null {
  if (kind === null) return null;
  return { kind, module_id, id, digest: Uint8Array.from(digest as Uint8Array) } as DocumentSource;
}
