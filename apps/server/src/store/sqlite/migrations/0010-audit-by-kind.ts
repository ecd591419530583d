/** How many entries the audit log keeps is bounded for each kind by itself: they are counted, and found by their kind. */
export const auditByKind = `
-- It ends in the id, the rowid.
CREATE INDEX audit_by_kind ON audit (kind);

CREATE TABLE audit_count (
  kind TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO audit_count (kind, count) SELECT kind, count(*) FROM audit GROUP BY kind;
`;
