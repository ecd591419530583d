/**
 * What pages and repeated calls need: the filters of a log by index, secrets of the server's own, and
 * the replies that are kept for a while under their callers' keys.
 *
 * `idempotency` keeps its rowid: replies take kilobytes. They come last, so that the others are read
 * without following them.
 */
export const pagingIdempotency = `
CREATE INDEX sequence_by_status ON sequence (module_id, status, id);
CREATE INDEX sequence_by_time ON sequence (module_id, created_at, id);

CREATE TABLE secret (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  user_id TEXT NOT NULL,
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  -- As JSON.
  headers TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (user_id, route, key)
) STRICT;

CREATE INDEX idempotency_by_age ON idempotency (created_at);
`;
