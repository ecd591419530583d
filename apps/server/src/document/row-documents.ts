import type { RowFollower } from "../following/row-follower.js";
import type { DocumentRow, RowReference } from "../store/port/rows.js";
import { digestOf, isUnchanged, rowText, type SourceRow } from "./row-text.js";

/** Documents of one row that are marked with its deletion: more than the one that a row has were made by earlier versions. */
const maxMarked = 100;

/**
 * Keeps the documents that were made of rows in step with them. A row has one document at most, so that a write of the
 * row costs one more at most. What a document says of other rows, such as the state of an entry or the text behind a
 * state, is compared when a question finds it (`currentText`): thousands of documents may say it.
 *
 * @param onEmbedded Called for each embedded document whose text has changed; its write may be under way still.
 */
export function createRowDocuments(onEmbedded: (documentId: number) => void): RowFollower {
  return {
    changed: async (tx, row, at) => {
      const [document] = isSource(row) ? await tx.documentsOf(row, 1) : [];
      if (document === undefined || document.source === null) return;
      const text = await rowText(tx, document.source);
      // What a caller has rewritten is theirs: answers quote the row in place of it.
      if (text === undefined || isUnchanged(document, text) || isRewritten(document)) return;
      const source = { ...document.source, digest: digestOf(text) };
      await tx.updateDocument(document.id, { ...document, text, source }, at);
      if (document.status === "embedded") onEmbedded(document.id);
    },

    deleted: async (tx, row, at) => {
      const documents = isSource(row) ? await tx.documentsOf(row, maxMarked) : [];
      for (const document of documents) await tx.updateDocument(document.id, { ...document, status: "orphaned" }, at);
    },
  };
}

function isSource(row: RowReference): row is SourceRow {
  return row.kind === "ess" || row.kind === "sequence";
}

/** Whether a document says something else than its row said when it was last written. */
function isRewritten(document: DocumentRow): boolean {
  return !isUnchanged(document, document.text);
}
