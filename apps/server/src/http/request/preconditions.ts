import type { AppRoute } from "@eca/contract";
import type { IncomingHttpHeaders } from "node:http";
import type { CreateCondition, ExpectedRevisions } from "../../caller/preconditions.js";
import { DomainError, type Issue } from "../../errors/domain-error.js";
import { requestIssue } from "./request-issue.js";

/** What a write is to be carried out under, as handlers get it: those of the conditions that the route declares. */
export interface Preconditions extends Partial<CreateCondition> {
  readonly expected?: ExpectedRevisions;
}

/**
 * Reads the conditions of a call from headers that the contract has let through.
 *
 * @throws DomainError `invalid_request` where a write sets one that its route does not check: who sets it relies on it.
 */
export type ReadPreconditions = (headers: IncomingHttpHeaders) => Preconditions;

const headerNames = ["if-match", "if-none-match"] as const;

/** How the conditions of a route's calls are read. That of a read is about its reply, and looked at there. */
export function preconditionsOf({ method, headers: declared = {} }: AppRoute): ReadPreconditions {
  if (method === "GET") return () => ({});
  const unchecked = headerNames.filter((name) => !(name in declared));
  const takesRevisions = "if-match" in declared;
  const takesFirst = "if-none-match" in declared;
  return (headers) => {
    rejectUnchecked(unchecked, headers);
    return {
      ...(takesRevisions && { expected: parseIfMatch(headers["if-match"]) }),
      ...(takesFirst && { first: headers["if-none-match"] === "*" }),
    };
  };
}

/** The revisions that an `If-Match` header names, of rows compressed or not. Its tags that no row of ours has match none. */
function parseIfMatch(header: string | undefined): ExpectedRevisions {
  // `*` means any row that is there; where none is, the write finds out by itself.
  if (header === undefined || header === "*") return undefined;
  // A weak tag never matches here: RFC 9110, section 13.1.1.
  return new Set(
    [...header.matchAll(/(W\/)?"(\d+)(?:-gzip)?"/g)].flatMap(([, weak, digits]) => (weak ? [] : [Number(digits)])),
  );
}

function rejectUnchecked(unchecked: readonly (typeof headerNames)[number][], headers: IncomingHttpHeaders): void {
  const issues: Issue[] = [];
  for (const name of unchecked) {
    if (headers[name] !== undefined)
      issues.push(requestIssue("header", [name], "is not checked on this call; leave it out"));
  }
  if (issues.length > 0) throw new DomainError("invalid_request", issues);
}
