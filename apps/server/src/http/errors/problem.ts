import type { Problem } from "@eca/contract";
import { InvalidAggregateError, type DomainError } from "../../errors/domain-error.js";
import { errorTable } from "./error-table.js";

/** Where the server explains its errors, each under its code as a fragment. */
export const errorDocsPath = "/docs/errors";

/**
 * An error as problem details (RFC 9457).
 *
 * @param requestId Identifies this occurrence.
 * @param pathPrefix The path that a proxy puts the server below.
 */
export function toProblem(error: DomainError, requestId: string, pathPrefix = ""): Problem {
  const { code, issues } = error;
  const { status, title } = errorTable[code];
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return {
    type: `${pathPrefix}${errorDocsPath}#${code}`,
    title,
    status,
    detail: `${first?.detail ?? title}${more}`,
    instance: `${pathPrefix}${errorDocsPath}?request=${encodeURIComponent(requestId)}`,
    code,
    errors: issues.map(({ detail, pointer }) => ({
      detail,
      ...(pointer !== undefined && { pointer: toFragment(pointer) }),
    })),
    ...(error instanceof InvalidAggregateError && error.body),
  };
}

/** A JSON Pointer as the fragment of a reference (RFC 6901, section 6). */
function toFragment(pointer: string): string {
  return `#${pointer.split("/").map(encodeURIComponent).join("/")}`;
}
