import type { Problem } from "@eca/contract";
import { AggregateFaults, type DomainError } from "../../errors/domain-error.js";
import { errorTable } from "./error-table.js";

/** Where the server explains its errors, each under its code as a fragment. */
export const errorDocsPath = "/docs/errors";

/**
 * A refusal as problem details (RFC 9457).
 *
 * @param requestId Tells this occurrence from all others.
 * @param pathPrefix The path that a proxy puts the server below.
 */
export function toProblem(refusal: DomainError, requestId: string, pathPrefix = ""): Problem {
  const { code, faults } = refusal;
  const { status, title } = errorTable[code];
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  return {
    type: `${pathPrefix}${errorDocsPath}#${code}`,
    title,
    status,
    detail: `${first?.detail ?? title}${more}`,
    instance: `${pathPrefix}${errorDocsPath}?request=${encodeURIComponent(requestId)}`,
    code,
    errors: faults.map(({ detail, pointer }) => ({
      detail,
      ...(pointer !== undefined && { pointer: toFragment(pointer) }),
    })),
    ...(refusal instanceof AggregateFaults && refusal.body),
  };
}

/** A JSON Pointer as the fragment of a reference (RFC 6901, section 6). */
function toFragment(pointer: string): string {
  return `#${pointer.split("/").map(encodeURIComponent).join("/")}`;
}
