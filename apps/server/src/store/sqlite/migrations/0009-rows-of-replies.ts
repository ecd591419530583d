/**
 * Which rows a kept reply is about, so that their delete finds it: of one kind and module, from one id to another.
 * Replies from before have none: what they are about is in their bodies, which may be sealed.
 */
export const rowsOfReplies = `
ALTER TABLE idempotency ADD COLUMN row_kind TEXT;
-- Empty for rows that belong to no module.
ALTER TABLE idempotency ADD COLUMN row_module_id TEXT;
ALTER TABLE idempotency ADD COLUMN first_row_id ANY;
ALTER TABLE idempotency ADD COLUMN last_row_id ANY;

CREATE INDEX idempotency_by_row ON idempotency (row_module_id, row_kind, first_row_id) WHERE row_kind IS NOT NULL;
`;
