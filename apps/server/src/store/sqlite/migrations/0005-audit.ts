/** Who did what. Entries are added and, once they are old, deleted; never changed. */
export const audit = `
CREATE TABLE audit (
  id INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  count INTEGER NOT NULL,
  user_id TEXT,
  username TEXT,
  key_id TEXT,
  address TEXT,
  request_id TEXT,
  route TEXT,
  module_id TEXT,
  row_id INTEGER,
  subject_id TEXT,
  detail TEXT
) STRICT;

CREATE INDEX audit_by_time ON audit (at);

INSERT INTO collection (name) VALUES ('audit');
`;
