/**
 * Embeddings are data of a module. Documents and responses are not: each of the two is a collection
 * of its own, whose row in `collection` counts for it what a module's row counts for the module.
 *
 * These tables keep their rowid, as their texts may be long; the large columns come last.
 */
export const embeddingsDocumentsResponses = `
ALTER TABLE module ADD COLUMN last_embedding_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE module ADD COLUMN embedding_count INTEGER NOT NULL DEFAULT 0;

CREATE TABLE embedding (
  module_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  hash TEXT NOT NULL,
  input TEXT NOT NULL,
  PRIMARY KEY (module_id, id),
  UNIQUE (module_id, hash)
) STRICT;

CREATE TABLE collection (
  name TEXT NOT NULL PRIMARY KEY,
  -- The newest id ever given; a deleted row's id is not given again.
  last_id INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

INSERT INTO collection (name) VALUES ('document'), ('response');

CREATE TABLE document (
  id INTEGER NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  doc_id TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE response (
  id INTEGER NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  percept INTEGER NOT NULL,
  response INTEGER NOT NULL,
  twin_module_id TEXT NOT NULL,
  status TEXT NOT NULL,
  -- Lists as JSON.
  percept_ess_ids TEXT NOT NULL,
  response_ess_ids TEXT NOT NULL,
  percept_names TEXT NOT NULL,
  response_names TEXT NOT NULL
) STRICT;
`;
