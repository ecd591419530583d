/** The newest time in each collection, as modules have it: a clock must not begin behind what is stored. */
export const newestTime = `
ALTER TABLE collection ADD COLUMN last_activity_at INTEGER NOT NULL DEFAULT 0;

UPDATE collection SET last_activity_at = coalesce(
  CASE name
    WHEN 'document' THEN (SELECT max(updated_at) FROM document)
    WHEN 'response' THEN (SELECT max(updated_at) FROM response)
    WHEN 'audit' THEN (SELECT max(at) FROM audit)
  END,
  0
);
`;
