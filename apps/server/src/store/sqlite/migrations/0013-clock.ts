/** What is known of the clock, for the next start to compare the system's clock with. One row. */
export const clock = `
CREATE TABLE clock (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  -- The time when the row was written.
  at INTEGER NOT NULL,
  -- How far that is beyond the time that is borne out, and where the last jump beyond it led to.
  lag INTEGER NOT NULL,
  jumped_at INTEGER,
  -- From where on rows are known to be ahead, and by how much.
  wrong_from INTEGER,
  wrong_by INTEGER
) STRICT;
`;
