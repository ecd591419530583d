import { DomainError } from "../errors/domain-error.js";

/** What a caller demands of a create. */
export interface CreateCondition {
  /** The list that the row joins must be empty: `If-None-Match: *`. */
  readonly first: boolean;
}

/** The revisions of a row that a caller means to write to; undefined where any will do. */
export type ExpectedRevisions = ReadonlySet<number> | undefined;

/** @throws DomainError `precondition_failed` unless the row is at one of these revisions. */
export function requireRevision(row: { readonly revision: number }, expected: ExpectedRevisions): void {
  if (expected === undefined || expected.has(row.revision)) return;
  const detail = `header If-Match: the row has changed since; its ETag is now "${row.revision}". Read it again, then decide`;
  throw new DomainError("precondition_failed", detail);
}

/**
 * @param list What the row would join, such as `module "ac" has states`.
 * @throws DomainError `precondition_failed` where the first row is demanded and there are rows.
 */
export function requireFirst({ first }: CreateCondition, hasRows: boolean, list: string): void {
  if (!first || !hasRows) return;
  throw new DomainError("precondition_failed", `header If-None-Match: ${list} already`);
}
