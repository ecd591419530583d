/**
 * Which row a document was made of, for those that a server made: their names say it, and so does their text, as long
 * as no caller has rewritten it. What is listed stays as it was; that they are compared with their rows is decided by
 * whoever quotes them.
 */
export const sourcesOfDocuments = `
ALTER TABLE document ADD COLUMN source_kind TEXT;
ALTER TABLE document ADD COLUMN source_module_id TEXT;
ALTER TABLE document ADD COLUMN source_id INTEGER;
-- SHA-256 of what the row said when the document was last written; empty where that is its text.
ALTER TABLE document ADD COLUMN source_digest BLOB;

WITH named AS (
  -- kind/module/7 is head and digits; a module may hold a slash, and end with a digit.
  SELECT id, doc_id, text, substr(doc_id, 1, instr(doc_id, '/') - 1) AS kind, rtrim(doc_id, '0123456789') AS head
  FROM document
  WHERE (doc_id GLOB 'ess/*/[0-9]*' OR doc_id GLOB 'sequence/*/[0-9]*')
    AND status = 'embedded' AND updated_at = created_at
), parted AS (
  SELECT id, text, kind, head, substr(doc_id, length(head) + 1) AS digits,
    substr(head, length(kind) + 2, length(head) - length(kind) - 2) AS module_id
  FROM named
)
UPDATE document SET
  source_kind = kind, source_module_id = module_id, source_id = CAST(digits AS INTEGER), source_digest = X''
FROM parted
WHERE parted.id = document.id
  AND head GLOB '*/' AND module_id <> '' AND digits = CAST(CAST(digits AS INTEGER) AS TEXT)
  AND instr(
    parted.text,
    CASE kind WHEN 'ess' THEN 'This is ESS ' ELSE 'This is sequence entry ' END || digits || ' of module ' || module_id
  ) > 0;

CREATE INDEX document_by_source ON document (source_module_id, source_kind, source_id) WHERE source_kind IS NOT NULL;
`;
