/**
 * What questions search: the words of the embedded documents with the times that they speak of, and
 * their vectors.
 *
 * `document_text` keeps no copy of the texts; its rowid is the document's id. `index_rules` says by which
 * rules it was made, 0 for none: where they are not the server's own it is made anew at the start.
 */
export const documentSearch = `
ALTER TABLE collection ADD COLUMN index_rules INTEGER NOT NULL DEFAULT 0;

CREATE VIRTUAL TABLE document_text USING fts5 (
  text,
  times,
  content = '',
  contentless_delete = 1,
  tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TABLE document_vector (
  document_id INTEGER NOT NULL PRIMARY KEY REFERENCES document (id) ON DELETE CASCADE,
  model TEXT NOT NULL,
  -- 32-bit floats, little-endian.
  vector BLOB NOT NULL
) STRICT;
`;
