/**
 * Takes long texts out of the trees in the order of keys: on the way to a row SQLite reads all of each row that it
 * passes. A context takes up to a megabyte, so that a long one is stored in a table of its own, by rowid; of the keys,
 * which are few, the list of modules takes some hundred kilobytes, so that they get a rowid themselves.
 */
export const longTextsAside = `
ALTER TABLE sequence ADD COLUMN long_context_bytes INTEGER NOT NULL DEFAULT 0;

CREATE TABLE long_context (
  module_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  context TEXT NOT NULL,
  PRIMARY KEY (module_id, id)
) STRICT;

INSERT INTO long_context (module_id, id, context)
SELECT module_id, id, context FROM sequence WHERE octet_length(context) > 1024 ORDER BY module_id, id;
UPDATE sequence SET context = NULL, long_context_bytes = octet_length(context) WHERE octet_length(context) > 1024;

ALTER TABLE api_key RENAME TO keyed_api_key;
DROP INDEX api_key_by_user;

CREATE TABLE api_key (
  key_id TEXT NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  -- Module ids as a JSON list; NULL for a key that may touch all.
  modules TEXT
) STRICT;

INSERT INTO api_key (key_id, token_hash, user_id, name, hint, role, created_at, expires_at, last_used_at, modules)
SELECT key_id, token_hash, user_id, name, hint, role, created_at, expires_at, last_used_at, modules
FROM keyed_api_key ORDER BY created_at, key_id;
DROP TABLE keyed_api_key;

CREATE INDEX api_key_by_user ON api_key (user_id);
`;
