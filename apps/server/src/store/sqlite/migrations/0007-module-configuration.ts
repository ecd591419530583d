/** What a configuration says of a module beside its shape. The rows of the table are few and their states may be long. */
export const moduleConfiguration = `
ALTER TABLE module ADD COLUMN display_name TEXT;

CREATE TABLE emotified_instance (
  module_id TEXT NOT NULL REFERENCES module (module_id),
  id INTEGER NOT NULL,
  valence REAL NOT NULL,
  -- 32-bit floats, little-endian.
  state BLOB NOT NULL,
  PRIMARY KEY (module_id, id)
) STRICT;
`;
