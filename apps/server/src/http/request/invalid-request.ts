import type { AppRoute } from "@eca/contract";
import type { Request } from "express";
import { z } from "zod";
import { DomainError, type Fault } from "../../errors/domain-error.js";
import { tellIssue } from "../../errors/format-issue.js";
import { hintOf } from "../../errors/known-fields.js";
import { similarName } from "../../text/similar-name.js";
import "./context.js";
import { requestFault, type RequestPart } from "./request-fault.js";

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
  found: RequestIssues,
  req: Pick<Request, "query" | "tsRestRoute" | "unknownFields">,
): DomainError {
  const faults: Fault[] = [];
  const parts = [
    ["path", found.pathParams],
    ["header", found.headers],
    ["query", found.query],
    ["body", found.body],
  ] as const;
  for (const [part, issues] of parts) {
    for (const issue of issues?.issues ?? []) faults.push(toFault(part, issue as z.core.$ZodIssue, req));
  }
  return new DomainError("invalid_request", faults);
}

function toFault(
  part: RequestPart,
  issue: z.core.$ZodIssue,
  { query, tsRestRoute, unknownFields = [] }: Parameters<typeof toInvalidRequest>[1],
): Fault {
  if (part === "query" && issue.code === "unrecognized_keys") return unknownParameters(issue.keys, tsRestRoute);
  if (part !== "query") return requestFault(part, issue.path, tellIssue(issue));
  const isInstant = issue.code === "invalid_format" && issue.format === "date-time";
  const hint = isInstant ? "; in a query, write + as %2B" : hintOf(unknownFields, query, issue.path);
  return requestFault(part, issue.path, tellIssue(issue) + hint);
}

function unknownParameters(names: readonly string[], route: AppRoute | undefined): Fault {
  const known = route?.query instanceof z.ZodObject ? Object.keys(route.query.shape) : [];
  const similar = names.length === 1 && names[0] !== undefined ? similarName(names[0], known) : undefined;
  const hint = similar === undefined ? "" : `; did you mean ${similar}?`;
  return { detail: `query parameter ${names.join(", ")}: is none of this path${hint}` };
}
