import type { AggregateErrorBody, ErrorBody, ErrorCode } from "@eca/contract";
import { InvalidAggregateError, DomainError } from "../../errors/domain-error.js";
import { RateLimited } from "../../throttling/rate-limited.js";
import {
  StoreBusyError,
  StoreClosedError,
  StoreDamagedError,
  StoreFailedError,
  StoreFullError,
  StoreReadOnlyError,
} from "../../store/port/store.js";
import { errorTable } from "./error-table.js";
import { JsonText } from "../replies/json.js";
import { prefersProblem, problemType } from "./prefers-problem.js";
import { toProblem } from "./problem.js";

/** An error as it goes out. */
export interface ErrorReply {
  readonly status: number;
  readonly code: ErrorCode;
  readonly body: JsonText;
  readonly headers: Readonly<Record<string, string>>;
}

/** What of a request decides how its error is sent. */
export interface ErrorRequest {
  readonly id: string;
  /** The `Accept` header; undefined where there is none, or where nobody can know. */
  readonly accept: string | undefined;
  /** The path that a proxy puts the server below. */
  readonly pathPrefix?: string | undefined;
}

/** Their replies name the authentication scheme: RFC 9110, section 11.6.1. */
const challenged: ReadonlySet<ErrorCode> = new Set(["unauthenticated", "invalid_credentials"]);

/**
 * The reply to anything thrown: in the wire's own shape, or as problem details where the caller asks for
 * them. What is not meant for callers becomes `internal`, without its text.
 */
export function toErrorReply(thrown: unknown, { id, accept, pathPrefix }: ErrorRequest): ErrorReply {
  const error = toDomainError(thrown, id);
  const { code } = error;
  const headers = {
    ...(challenged.has(code) && { "www-authenticate": "Bearer" }),
    ...(error instanceof RateLimited && rateLimitHeaders(error)),
  };
  const body = prefersProblem(accept)
    ? new JsonText(JSON.stringify(toProblem(error, id, pathPrefix)), problemType)
    : new JsonText(JSON.stringify(toWireBody(error)));
  return { status: errorTable[code].status, code, body, headers: { vary: "Accept", "x-error-code": code, ...headers } };
}

function toWireBody(error: DomainError): ErrorBody | AggregateErrorBody {
  return error instanceof InvalidAggregateError ? error.body : { errors: error.issues.map(({ detail }) => detail) };
}

/** When to retry, and the limit in the headers of draft-ietf-httpapi-ratelimit-headers. */
function rateLimitHeaders({ retryAfter, limit }: RateLimited): Record<string, string> {
  const headers = { "retry-after": String(retryAfter) };
  if (limit === undefined) return headers;
  const seconds = Math.max(1, Math.round(limit.period / 1000));
  return {
    ...headers,
    ratelimit: `"${limit.name}";r=0;t=${retryAfter}`,
    "ratelimit-policy": `"${limit.name}";q=${limit.count};w=${seconds}`,
  };
}

function toDomainError(error: unknown, requestId: string): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof StoreFullError) {
    return new DomainError("storage_full", "the data folder is full; nothing was changed, reads go on");
  }
  if (error instanceof StoreReadOnlyError) {
    return new DomainError("storage_read_only", "the data folder is read-only; nothing was changed, reads go on");
  }
  if (error instanceof StoreDamagedError) {
    const detail = "what the call needs is damaged on the disk: a backup must be restored. Other calls are served";
    return new DomainError("data_damaged", detail, { cause: error });
  }
  if (error instanceof StoreFailedError) {
    const detail = "the disk has failed; nothing is served until the server has opened and checked the data again";
    return new DomainError("storage_failed", detail, { cause: error });
  }
  if (error instanceof StoreBusyError) {
    const detail = "another program keeps the database locked; nothing was changed, reads go on";
    return new DomainError("unavailable", detail, { cause: error });
  }
  if (error instanceof StoreClosedError) return new DomainError("unavailable", "the server is stopping");
  // Express decodes path parameters before any route sees them.
  if (error instanceof URIError) {
    return new DomainError("invalid_request", "the path has a malformed percent-escape");
  }
  return new DomainError("internal", `the server failed; its log says more under request id ${requestId}`);
}
