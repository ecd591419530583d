import type { Micros } from "../../clock.js";
import type { DocumentContent, DocumentRow, DocumentSource } from "./rows.js";
import type { Page, PageRows } from "./page.js";

/** What a model makes of a document's text. */
interface DocumentVector {
  readonly document_id: number;
  readonly vector: Float32Array;
}

/** A word to look for, or words in a row, and what a document gains by having them. */
export interface SearchTerm {
  readonly text: string;
  /** Above 0; a plain word has 1. */
  readonly weight: number;
}

export interface DocumentMatch {
  readonly document: DocumentRow;
  /** Of all terms that it has, to six decimals. */
  readonly weight: number;
}

/** What can be read of documents and of the vectors of their texts. */
export interface DocumentReads {
  document(id: number): Promise<DocumentRow | undefined>;
  /** The documents that were made of a row, newest first: one, but for what earlier versions of the server made. */
  documentsOf(source: Pick<DocumentSource, "kind" | "module_id" | "id">, limit: number): Promise<DocumentRow[]>;
  documentPage(page: Page): Promise<PageRows<DocumentRow>>;
  /** Embedded documents without a vector of this model, by id. */
  documentsWithoutVector(model: string, page: Page): Promise<PageRows<DocumentRow>>;
  /** Vectors of this model that have `length` numbers, ascending by the ids of their documents. */
  documentVectors(
    model: string,
    length: number,
    page: { readonly limit: number; readonly after?: number },
  ): Promise<DocumentVector[]>;
}

/** What can be written of documents and of the vectors of their texts. */
export interface DocumentWrites {
  insertDocument(content: DocumentContent, at: Micros): Promise<DocumentRow>;
  /** Replaces all but `created_at`; undefined where there is no such row. */
  updateDocument(id: number, content: DocumentContent, at: Micros): Promise<DocumentRow | undefined>;
  /** Returns the row that was deleted; undefined where there was none. */
  deleteDocument(id: number): Promise<DocumentRow | undefined>;
  /**
   * Keeps the vector that a model made of an embedded document, in place of any other. It is removed when
   * the text that it was made of changes, is no longer embedded or is deleted.
   */
  putDocumentVector(documentId: number, model: string, vector: Float32Array): Promise<void>;
}
