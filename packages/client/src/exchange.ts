import { isOriginRefused, originNotAllowed, pageOrigin } from "./cross-origin.js";
import type { Deadline } from "./deadline.js";
import { EcaConnectionError } from "./errors.js";
import { type HttpRequest, setHeader } from "./request.js";

/** The response, read to its end and not yet validated. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * One HTTP exchange. Redirects are not followed: a POST would turn into a GET on the way.
 * @throws EcaConnectionError when no complete reply came; the deadline's failure when the call ended before
 */
export async function exchange(
  fetch: typeof globalThis.fetch,
  request: HttpRequest,
  token: string | undefined,
  deadline: Deadline,
): Promise<HttpReply> {
  const headers = new Headers(request.headers);
  if (token !== undefined) setHeader(headers, request.operation, "authorization", `Bearer ${token}`);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers,
      signal: deadline.signal,
      redirect: "manual",
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (cause) {
    if (deadline.signal.aborted) throw deadline.failure();
    const isRefused = await isOriginRefused(fetch, request.baseUrl, deadline.signal);
    // The call may have ended while that was asked.
    if (deadline.signal.aborted as boolean) throw deadline.failure();
    throw isRefused ? originError(request, cause) : connectionError(request, cause);
  }
}

/** What the system's codes mean to the reader. */
const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; start the server, or correct the address",
  ENOTFOUND: "no such host name; correct the address, or the name resolution",
  EAI_AGAIN: "the name resolution does not answer; try again later",
  ECONNRESET: "the connection broke off before the answer was complete",
  EPIPE: "the connection broke off before the request was complete",
  UND_ERR_SOCKET: "the connection broke off before the answer was complete",
  ETIMEDOUT: "the host does not answer; check the address and the firewall",
  EHOSTUNREACH: "there is no way to the host; check the address and the network",
  ENETUNREACH: "there is no way to the host; check the address and the network",
  UND_ERR_CONNECT_TIMEOUT: "the host does not answer; check the address and the firewall",
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not speak TLS; use http:// in the address",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the server does not speak TLS; use http:// in the address",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed; let this program trust it",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate's authority is unknown; let this program trust it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate's authority is unknown; let this program trust it",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
};

function originError(request: HttpRequest, cause: unknown): EcaConnectionError {
  const { origin } = new URL(request.url);
  const text = `${origin} does not allow calls from pages of ${pageOrigin()}; set ECA_CORS_ORIGINS=${pageOrigin()} on the server`;
  return new EcaConnectionError(`${request.operation}: ${text}`, originNotAllowed, { cause });
}

/** Node's fetch hides the reason in `cause`; browsers give none. */
function connectionError(request: HttpRequest, thrown: unknown): EcaConnectionError {
  const reason = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const code = reason instanceof Error && "code" in reason ? String(reason.code) : undefined;
  const known = code === undefined ? undefined : advice[code];
  const otherwise =
    "check that the server runs and, in a browser, that it allows this page's origin (CORS, by ECA_CORS_ORIGINS)";
  const message = reason instanceof Error && reason.message !== "" ? reason.message : String(thrown);
  const text = known === undefined ? `${message}; ${otherwise}` : `${known} (${code})`;
  return new EcaConnectionError(`${request.operation}: no answer from ${new URL(request.url).origin}: ${text}`, code, {
    cause: thrown,
  });
}
