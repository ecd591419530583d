import {
  aggregateErrorBody,
  type AppRoute,
  basePath,
  errorBody,
  type ErrorCode,
  notModifiedStatus,
} from "@eca/contract";
import { EcaProtocolError, EcaResponseError, type ResponseErrorDetails } from "./errors.js";
import type { HttpReply } from "./exchange.js";
import { type ReplyHeaders, toReplyHeaders } from "./reply-headers.js";
import type { HttpRequest } from "./request.js";
import { parseRetryAfter } from "./retry.js";

/** The reply to a call that succeeded. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: ReplyHeaders;
}

/**
 * Validates a reply by the contract.
 * @param now milliseconds since 1970, for a `Retry-After` date
 * @throws EcaResponseError when the server refused the call
 * @throws EcaProtocolError when this is no reply of an ECA server to this route
 */
export function readReply(
  baseUrl: string,
  request: HttpRequest,
  route: AppRoute,
  reply: HttpReply,
  now: number,
): Reply {
  const { status, headers } = reply;
  const strange = (what: string, cause?: unknown): EcaProtocolError =>
    new EcaProtocolError(`${request.operation}: ${request.method} ${request.url} ${what}`, status, { cause });

  if (status === notModifiedStatus && request.headers.has("if-none-match")) {
    return { status, headers: toReplyHeaders(headers), body: undefined };
  }
  // Browsers report a redirect that was not followed as status 0.
  if (status === 0 || (status >= 300 && status < 400)) {
    const location = headers.get("location");
    const target = location === null ? "" : ` to ${location}`;
    throw strange(`is redirected${target}; give createClient the final address as baseUrl`);
  }
  const body = parseBody(reply, (cause) => strange(describeForeign(baseUrl, reply), cause));
  if (status < 300) {
    if (Object.hasOwn(route.responses, status)) {
      return { status, headers: toReplyHeaders(headers), body };
    }
    throw strange(`answered ${status}, which this version of the client does not know for the call`);
  }
  const code = headers.get("x-error-code") ?? undefined;
  const issues = readIssues(body);
  if (issues === undefined) throw strange(describeForeign(baseUrl, reply));
  // The client calls only routes of the contract. A 404 for the route must not pass for a missing row.
  const unknownRoute: ErrorCode = "route_not_found";
  if (code === unknownRoute) throw strange(`is no route of the server; ${addressAdvice(baseUrl)}`);
  throw new EcaResponseError(request.operation, {
    ...issues,
    status,
    code,
    requestId: headers.get("x-request-id") ?? undefined,
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), now),
  });
}

function parseBody(reply: HttpReply, failure: (cause: unknown) => Error): unknown {
  try {
    return JSON.parse(reply.text);
  } catch (cause) {
    throw failure(cause);
  }
}

function readIssues(body: unknown): Pick<ResponseErrorDetails, "errors" | "aggregateErrors"> | undefined {
  const plain = errorBody.safeParse(body);
  if (plain.success) return { errors: plain.data.errors, aggregateErrors: undefined };
  const aggregate = aggregateErrorBody.strict().safeParse(body);
  if (!aggregate.success || Object.keys(aggregate.data).length === 0) return undefined;
  const errors = Object.entries(aggregate.data).flatMap(([kind, texts]) =>
    [texts].flat().map((text) => `${kind}: ${text}`),
  );
  return { errors, aggregateErrors: aggregate.data };
}

function describeForeign(baseUrl: string, { status, headers, text }: HttpReply): string {
  const type = headers.get("content-type") ?? "no content type";
  const excerpt = text.trim() === "" ? "an empty body" : `${JSON.stringify(text.trim().slice(0, 80))} (${type})`;
  return `answered ${status} with ${excerpt}, which no ECA server does; ${addressAdvice(baseUrl)}`;
}

function addressAdvice(baseUrl: string): string {
  return baseUrl.endsWith(basePath)
    ? `check baseUrl ${baseUrl}: does an ECA server listen there, of this version, and is no proxy in between?`
    : `is the ${basePath} missing? baseUrl is ${baseUrl}, the API is usually at ${baseUrl}${basePath}`;
}
