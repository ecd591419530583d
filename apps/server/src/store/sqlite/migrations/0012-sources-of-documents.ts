/**
 * Which row a document was made of, for those that a server made: their names say it, and so does their text, as long
 * as no caller has rewritten it. Of several documents of one row the newest stays; the others are superseded. Those
 * of deleted entries are orphaned. Neither are found by questions any more.
 */
export const sourcesOfDocuments = `
ALTER TABLE document ADD COLUMN source_kind TEXT;
ALTER TABLE document ADD COLUMN source_module_id TEXT;
ALTER TABLE document ADD COLUMN source_id INTEGER;
-- SHA-256 of what the row said when the document was last written; empty where that is its text.
ALTER TABLE document ADD COLUMN source_digest BLOB;

CREATE TEMP TABLE made AS
  WITH named AS (
    -- \`kind/module/7\` is head and digits; a module may hold a slash, and end with a digit.
    SELECT id, doc_id, text, substr(doc_id, 1, instr(doc_id, '/') - 1) AS kind, rtrim(doc_id, '0123456789') AS head
    FROM document
    WHERE (doc_id GLOB 'ess/*/[0-9]*' OR doc_id GLOB 'sequence/*/[0-9]*')
      AND status = 'embedded' AND updated_at = created_at
  ), parted AS (
    SELECT id, text, kind, head, substr(doc_id, length(head) + 1) AS digits,
      substr(head, length(kind) + 2, length(head) - length(kind) - 2) AS module_id
    FROM named
  )
  SELECT id, kind, module_id, CAST(digits AS INTEGER) AS row_id,
    id = max(id) OVER (PARTITION BY kind, module_id, digits) AS is_newest
  FROM parted
  WHERE head GLOB '*/' AND module_id <> '' AND digits = CAST(CAST(digits AS INTEGER) AS TEXT) AND instr(
    text,
    CASE kind WHEN 'ess' THEN 'This is ESS ' ELSE 'This is sequence entry ' END || digits || ' of module ' || module_id
  ) > 0;

CREATE TEMP TABLE withdrawn AS
  SELECT id, CASE WHEN is_newest THEN 'orphaned' ELSE 'superseded' END AS status, row_number() OVER (ORDER BY id) AS n
  FROM made
  WHERE NOT is_newest OR (kind = 'sequence' AND NOT EXISTS (
    SELECT 1 FROM sequence WHERE sequence.module_id = made.module_id AND sequence.id = made.row_id
  ));

UPDATE document SET source_kind = kind, source_module_id = module_id, source_id = row_id, source_digest = X''
FROM made WHERE made.id = document.id AND is_newest;

UPDATE document SET status = withdrawn.status, revision = (SELECT revision FROM collection WHERE name = 'document') + n
FROM withdrawn WHERE withdrawn.id = document.id;

UPDATE collection SET revision = revision + (SELECT count(*) FROM withdrawn) WHERE name = 'document';
DELETE FROM document_text WHERE rowid IN (SELECT id FROM withdrawn);
DELETE FROM document_vector WHERE document_id IN (SELECT id FROM withdrawn);

DROP TABLE temp.made;
DROP TABLE temp.withdrawn;

CREATE UNIQUE INDEX document_by_source ON document (source_module_id, source_kind, source_id)
WHERE source_kind IS NOT NULL;
`;
