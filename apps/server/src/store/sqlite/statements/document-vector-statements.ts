import type { Reader, Transaction } from "../../port/store.js";
import type { Connection } from "../database/connection.js";
import { documentBytes, selectDocument, toDocumentRow } from "./document-columns.js";
import { decodeFloats, encodeFloats } from "../../codecs/float32-codec.js";
import { mapRows, PageQuery } from "./page-query.js";
import type { Synchronous } from "../database/synchronous.js";

export function documentVectorReads(
  connection: Connection,
): Synchronous<Pick<Reader, "documentsWithoutVector" | "documentVectors">> {
  const without = new PageQuery(
    connection,
    { columns: selectDocument("document"), bytes: documentBytes },
    (select, comparison, direction) =>
      `SELECT ${select} FROM document
       WHERE status = 'embedded'
         AND NOT EXISTS (SELECT 1 FROM document_vector WHERE document_id = document.id AND model = ?)
         AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  const vectors = connection.prepare(
    `SELECT document_id, vector FROM document_vector
     WHERE model = ? AND length(vector) = ? AND document_id > ? ORDER BY document_id LIMIT ?`,
  );
  return {
    documentsWithoutVector: (model, page) => mapRows(without.rows([model], page), toDocumentRow),
    documentVectors: (model, length, { limit, after = 0 }) =>
      vectors
        .all([model, length * Float32Array.BYTES_PER_ELEMENT, after, limit])
        .map((row) => ({ document_id: row[0] as number, vector: decodeFloats(row[1] as Uint8Array) })),
  };
}

export function documentVectorWrites(connection: Connection): Synchronous<Pick<Transaction, "putDocumentVector">> {
  const put = connection.prepare(
    "INSERT OR REPLACE INTO document_vector (document_id, model, vector) VALUES (?, ?, ?)",
  );
  return {
    putDocumentVector: (documentId, model, vector) => void put.run([documentId, model, encodeFloats(vector)]),
  };
}
