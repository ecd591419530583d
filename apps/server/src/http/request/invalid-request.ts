import type { AppRoute } from "@eca/contract";
import type { Request } from "express";
import { z } from "zod";
import { DomainError, type Issue } from "../../errors/domain-error.js";
import { formatIssue } from "../../errors/format-issue.js";
import { hintOf } from "../../errors/known-fields.js";
import { similarName } from "../../text/similar-name.js";
import "./context.js";
import { requestIssue, type RequestPart } from "./request-issue.js";

/** What the contract's schemas have found in the parts of a request. */
interface RequestIssues {
  readonly pathParams: FoundIssues;
  readonly headers: FoundIssues;
  readonly query: FoundIssues;
  readonly body: FoundIssues;
}

type FoundIssues = { readonly issues: readonly unknown[] } | null;

/** The error of a request that the contract does not let through: it names all that is wrong. */
export function toInvalidRequest(
  { pathParams, headers, query, body }: RequestIssues,
  req: Pick<Request, "query" | "tsRestRoute" | "unknownFields">,
): DomainError {
  const issues: Issue[] = [];
  const parts = [
    ["path", pathParams],
    ["header", headers],
    ["query", query],
    ["body", body],
  ] as const;
  for (const [part, found] of parts) {
    for (const issue of found?.issues ?? []) issues.push(toIssue(part, issue as z.core.$ZodIssue, req));
  }
  return new DomainError("invalid_request", issues);
}

function toIssue(
  part: RequestPart,
  issue: z.core.$ZodIssue,
  { query, tsRestRoute, unknownFields = [] }: Parameters<typeof toInvalidRequest>[1],
): Issue {
  if (part === "query" && issue.code === "unrecognized_keys") return unknownParameters(issue.keys, tsRestRoute);
  if (part !== "query") return requestIssue(part, issue.path, formatIssue(issue));
  const isInstant = issue.code === "invalid_format" && issue.format === "date-time";
  const hint = isInstant ? "; in a query, write + as %2B" : hintOf(unknownFields, query, issue.path);
  return requestIssue(part, issue.path, formatIssue(issue) + hint);
}

function unknownParameters(names: readonly string[], route: AppRoute | undefined): Issue {
  const known = route?.query instanceof z.ZodObject ? Object.keys(route.query.shape) : [];
  const similar = names.length === 1 && names[0] !== undefined ? similarName(names[0], known) : undefined;
  const hint = similar === undefined ? "" : `; did you mean ${similar}?`;
  return { detail: `query parameter ${names.join(", ")}: is none of this path${hint}` };
}
