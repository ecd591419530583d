/** Users can be disabled, and hold keys. */
export const keys = `
ALTER TABLE user ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;

CREATE TABLE api_key (
  key_id TEXT NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  role TEXT NOT NULL,
  -- Module ids as a JSON list; NULL for a key that may touch all.
  modules TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_by_user ON api_key (user_id);
`;
