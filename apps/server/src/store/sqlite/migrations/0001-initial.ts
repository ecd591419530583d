/**
 * Everything that belongs to a module has a primary key that begins with `module_id`.
 *
 * Tables of small rows are WITHOUT ROWID: one tree, read in key order. `ess` keeps its rowid: a
 * state takes kilobytes, and in a key-ordered tree such rows would stand in the inner nodes too and
 * make it deep. Its large columns come last, so that the others are read without following them.
 */
export const initial = `
CREATE TABLE module (
  module_id TEXT NOT NULL PRIMARY KEY,
  shape INTEGER NOT NULL,
  -- The newest ids ever given; a deleted row's id is not given again.
  last_ess_id INTEGER NOT NULL DEFAULT 0,
  last_sequence_id INTEGER NOT NULL DEFAULT 0,
  ess_count INTEGER NOT NULL DEFAULT 0,
  sequence_count INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0,
  ess_revision INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ess (
  module_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  valence REAL NOT NULL,
  score INTEGER NOT NULL,
  avg_ess_valence REAL NOT NULL,
  avg_ess_score INTEGER NOT NULL,
  total_ess_score INTEGER NOT NULL,
  embedding_input INTEGER,
  context TEXT,
  -- The lists of an aggregate as JSON; NULL for a plain state.
  aggregate TEXT,
  -- 32-bit floats, little-endian.
  state BLOB NOT NULL,
  PRIMARY KEY (module_id, id)
) STRICT;

CREATE INDEX ess_by_embedding_input ON ess (module_id, embedding_input, id) WHERE embedding_input IS NOT NULL;

-- Which aggregates of module_id have a state as a direct component. The lists in ess.aggregate are
-- the source; this answers the look-up by component.
CREATE TABLE ess_component (
  module_id TEXT NOT NULL,
  component_module_id TEXT NOT NULL,
  component_id INTEGER NOT NULL,
  aggregate_id INTEGER NOT NULL,
  PRIMARY KEY (module_id, component_module_id, component_id, aggregate_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sequence (
  module_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  instance_id INTEGER NOT NULL,
  status TEXT NOT NULL,
  context TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (module_id, id),
  FOREIGN KEY (module_id, instance_id) REFERENCES ess (module_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
  module_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  row_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (module_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
  user_id TEXT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  token_hash BLOB NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_user ON session (user_id);
`;
