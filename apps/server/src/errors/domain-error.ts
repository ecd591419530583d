import type { AggregateErrorBody, ErrorCode } from "@eca/contract";

/** One thing that is wrong, and where: `pointer` is an RFC 6901 path into the request body. */
export interface Issue {
  readonly detail: string;
  readonly pointer?: string;
}

/**
 * An error that is meant for the caller, with a stable code. Services throw it; `http/errors/error-table.ts` alone knows
 * its status. The texts reach the caller, so they name the field and the fix, and nothing internal.
 */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly issues: readonly Issue[];

  constructor(
    readonly code: ErrorCode,
    issues: string | readonly Issue[],
    options?: ErrorOptions,
  ) {
    const list = typeof issues === "string" ? [{ detail: issues }] : cut(issues);
    super(list.map((issue) => issue.detail).join("; "), options);
    this.issues = list;
  }
}

/** Nobody reads more of them, and to list everything that is wrong with a hostile body would cost more than reading it. */
export const maxIssues = 100;

function cut(issues: readonly Issue[]): readonly Issue[] {
  if (issues.length <= maxIssues) return issues;
  return [...issues.slice(0, maxIssues), { detail: `and ${issues.length - maxIssues} more errors` }];
}

/** Everything that is wrong with one aggregate, in the wire's own shape. */
export class InvalidAggregateError extends DomainError {
  constructor(readonly body: AggregateErrorBody) {
    super(
      "invalid_aggregate",
      Object.entries(body).flatMap(([key, texts]) => [texts].flat().map((text) => ({ detail: `${key}: ${text}` }))),
    );
  }
}
