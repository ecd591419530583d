/**
 * Gives entries of logs and keys a rowid. A context takes a megabyte, a key's list of modules some hundred kilobytes, and
 * in a tree in the order of keys SQLite reads all of each row that it passes on the way to another one. Their large
 * columns come last, so that the others are read without following them.
 */
export const rowsInOrderOfArrival = `
ALTER TABLE sequence RENAME TO keyed_sequence;
DROP INDEX sequence_by_id;
DROP INDEX sequence_by_status;
DROP INDEX sequence_by_time;
DROP INDEX sequence_by_instance;
DROP INDEX predicted_by_id;
DROP INDEX predicted_by_status;
DROP INDEX predicted_by_time;

CREATE TABLE sequence (
  module_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  instance_id INTEGER NOT NULL,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  predicted INTEGER NOT NULL DEFAULT 0 CHECK (predicted IN (0, 1)),
  context TEXT,
  PRIMARY KEY (module_id, id),
  FOREIGN KEY (module_id, instance_id) REFERENCES ess (module_id, id)
) STRICT;

INSERT INTO sequence (module_id, id, instance_id, status, created_at, updated_at, revision, predicted, context)
SELECT module_id, id, instance_id, status, created_at, updated_at, revision, predicted, context
FROM keyed_sequence ORDER BY module_id, id;
DROP TABLE keyed_sequence;

CREATE INDEX sequence_by_id ON sequence (module_id, id, instance_id) WHERE predicted = 0;
CREATE INDEX sequence_by_status ON sequence (module_id, status, id, instance_id) WHERE predicted = 0;
CREATE INDEX sequence_by_time ON sequence (module_id, created_at, id) WHERE predicted = 0;
CREATE INDEX sequence_by_instance ON sequence (module_id, instance_id, id, status) WHERE predicted = 0;
CREATE INDEX predicted_by_id ON sequence (module_id, id) WHERE predicted = 1;
CREATE INDEX predicted_by_status ON sequence (module_id, status, id) WHERE predicted = 1;
CREATE INDEX predicted_by_time ON sequence (module_id, created_at, id) WHERE predicted = 1;

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
