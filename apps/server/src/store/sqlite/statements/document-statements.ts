import type { DocumentContent } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import type { CollectionCounters } from "./collection-counters.js";
import type { Connection } from "../database/connection.js";
import { documentBytes, documentColumns, fromSource, selectDocument, toDocumentRow } from "./document-columns.js";
import { documentIndex } from "./document-index.js";
import { mapRows, PageQuery } from "./page-query.js";
import { after, type MostlySynchronous, type Synchronous } from "../database/synchronous.js";

type DocumentReads = Synchronous<Pick<Reader, "document" | "documentsOf" | "documentPage">>;

export function documentReads(connection: Connection): DocumentReads {
  const columns = selectDocument("document");
  const one = connection.prepare(`SELECT ${columns} FROM document WHERE id = ?`);
  const bySource = connection.prepare(
    `SELECT ${columns} FROM document WHERE source_module_id = ? AND source_kind = ? AND source_id = ?
     ORDER BY id DESC LIMIT ?`,
  );
  const page = new PageQuery(
    connection,
    { columns, bytes: documentBytes },
    (select, comparison, direction) =>
      `SELECT ${select} FROM document WHERE id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  return {
    document: (id) => {
      const row = one.get([id]);
      return row && toDocumentRow(row);
    },
    documentsOf: ({ kind, module_id, id }, limit) => bySource.all([module_id, kind, id, limit]).map(toDocumentRow),
    documentPage: (wanted) => mapRows(page.rows([], wanted), toDocumentRow),
  };
}

/** The index takes a long text in on another thread. */
export type LongDocumentWrites = "insertDocument" | "updateDocument";

type DocumentWrites = MostlySynchronous<Pick<Transaction, LongDocumentWrites | "deleteDocument">, LongDocumentWrites>;

export function documentWrites(
  connection: Connection,
  { document: read }: Pick<DocumentReads, "document">,
  counters: CollectionCounters,
): DocumentWrites {
  const insert = connection.prepare(
    `INSERT INTO document (${documentColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = connection.prepare(
    `UPDATE document SET doc_id = ?2, text = ?3, status = ?4, updated_at = ?5, revision = ?6,
       source_kind = ?7, source_module_id = ?8, source_id = ?9, source_digest = ?10
     WHERE id = ?1`,
  );
  const remove = connection.prepare("DELETE FROM document WHERE id = ?");
  const removeVector = connection.prepare("DELETE FROM document_vector WHERE document_id = ?");
  const index = documentIndex(connection);
  return {
    insertDocument: ({ doc_id, text, status, source }: DocumentContent, wanted) => {
      const { id, revision, at } = counters.insert("document", wanted);
      insert.run([id, doc_id, text, status, at, at, revision, ...fromSource(source)]);
      const row = { id, doc_id, text, status, created_at: at, updated_at: at, revision, source };
      return status === "embedded" ? after(index.putStored(id, text), row) : row;
    },

    updateDocument: (id, { doc_id, text, status, source }, wanted) => {
      const row = read(id);
      if (row === undefined) return undefined;
      const { revision, at } = counters.change("document", wanted);
      update.run([id, doc_id, text, status, at, revision, ...fromSource(source)]);
      if (text !== row.text || status !== "embedded") removeVector.run([id]);
      index.remove(id);
      const written = { ...row, doc_id, text, status, updated_at: at, revision, source };
      return status === "embedded" ? after(index.putStored(id, text), written) : written;
    },

    deleteDocument: (id) => {
      const row = read(id);
      if (row === undefined) return undefined;
      counters.remove("document");
      // First what frees space: on a full disk the index needs some to remove a document.
      remove.run([id]);
      index.remove(id);
      return row;
    },
  };
}
