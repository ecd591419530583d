import type { AggregateErrorBody, ErrorCode } from "@eca/contract";

/** What every error of this package has in common. */
export class EcaError extends Error {
  override readonly name: string = "EcaError";

  /**
   * The error as plain data: `name`, `message` and what its class adds, without `cause`. `structuredClone` and
   * `postMessage` make a bare `Error` of an error, with its message and its cause and nothing else of it.
   */
  toJSON(): { readonly name: string; readonly message: string } & Readonly<Record<string, unknown>> {
    return { ...(this as object), name: this.name, message: this.message };
  }
}

/** The call was never sent: something that it was given cannot be sent. Correct the program. */
export class EcaArgumentError extends EcaError {
  override readonly name = "EcaArgumentError";
}

/** No reply came, or it broke off. Unless the code says `ECONNREFUSED` or `origin_not_allowed`, the call may have been carried out. */
export class EcaConnectionError extends EcaError {
  override readonly name = "EcaConnectionError";

  constructor(
    message: string,
    /**
     * The system's name for it, such as `ECONNREFUSED`, where the platform reveals it (browsers do not); `origin_not_allowed` for
     * a page that the server does not allow to call.
     */
    readonly code: string | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The call, with its log-in and its retries, took longer than `timeoutMs`. It may have been carried out. */
export class EcaTimeoutError extends EcaError {
  override readonly name = "EcaTimeoutError";

  constructor(
    message: string,
    readonly timeoutMs: number,
  ) {
    super(message);
  }
}

/** The caller's own signal ended the call; `cause` is the signal's reason. It may have been carried out. */
export class EcaAbortError extends EcaError {
  override readonly name = "EcaAbortError";
}

/** No ECA server responds at this address: the reply is HTML, a redirect, an unknown route or an unknown status. */
export class EcaProtocolError extends EcaError {
  override readonly name = "EcaProtocolError";

  constructor(
    message: string,
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What an error reply of the server holds. */
export interface ResponseErrorDetails {
  readonly status: number;
  /** The server's stable name for the reason; absent from servers that do not send `X-Error-Code`. */
  readonly code: ErrorCode | (string & {}) | undefined;
  /** One text for each thing that is wrong. */
  readonly errors: readonly string[];
  /** All that is wrong with an aggregate, by kind, when that is what was refused. */
  readonly aggregateErrors: AggregateErrorBody | undefined;
  /** Names the call in the server's log. */
  readonly requestId: string | undefined;
  /** How long the server asks to wait before the next attempt, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** The server replied with an error. */
export class EcaResponseError extends EcaError implements ResponseErrorDetails {
  override readonly name = "EcaResponseError";
  readonly status: number;
  readonly code: ResponseErrorDetails["code"];
  readonly errors: readonly string[];
  readonly aggregateErrors: AggregateErrorBody | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(operation: string, details: ResponseErrorDetails) {
    const { status, code, errors, requestId } = details;
    const what = [operation, code === undefined ? `${status}` : `${status} ${code}`, errors.join("; ")].join(": ");
    super(requestId === undefined ? what : `${what} (request ${requestId})`);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.aggregateErrors = details.aggregateErrors;
    this.requestId = requestId;
    this.retryAfterMs = details.retryAfterMs;
  }
}
