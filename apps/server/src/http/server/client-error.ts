import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { canonicalAddress } from "../../caller/address.js";
import { DomainError } from "../../errors/domain-error.js";
import type { Limits } from "../../limits/limits.js";
import { type ErrorReply, type ErrorRequest, toErrorReply } from "../errors/error-reply.js";
import { securityHeaders } from "../replies/json.js";

/** What node's parser or its watch over slow requests reports. */
interface ClientError extends NodeJS.ErrnoException {
  /** The bytes that the parser stumbled in. */
  readonly rawPacket?: Buffer;
}

/** The latest request of a connection, and its answer. */
interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

export interface ClientErrorOptions {
  readonly logger: Logger;
  readonly limits: Pick<Limits, "headerBytes">;
}

/**
 * Answers what node's parser refuses, which never becomes a request, in the error shape too, and closes the
 * connection: where the next request would begin is unknown.
 */
export function answerClientErrors(server: Server, { logger, limits }: ClientErrorOptions): void {
  const refuse = (socket: Duplex, refusal: DomainError, accept: string | undefined): void => {
    if (!socket.writable) return;
    const id = randomUUID();
    const { status, code } = send(socket, refusal, { id, accept });
    const address = canonicalAddress((socket as Socket).remoteAddress ?? "");
    logger.info({ request_id: id, status, error_code: code, address }, "request refused before it was one");
  };
  /** The body of a request is broken: it is refused unless it has its answer, of which there is one alone. */
  const refuseRest = ({ req, res }: Exchange, socket: Duplex, refusal: DomainError): void => {
    if (!res.headersSent) refuse(socket, refusal, req.headers.accept);
    else if (res.writableEnded) closeSoon(socket, "");
    else socket.destroy();
  };
  const latest = new WeakMap<Duplex, Exchange>();
  const refused = new WeakSet<Duplex>();
  server.on("request", (req, res) => latest.set(req.socket, { req, res }));
  server.on("clientError", (error: ClientError, socket: Duplex) => {
    if (error.code === "ECONNRESET") socket.destroy();
    // What comes after the refusal is refused with it.
    if (refused.has(socket) || !socket.writable) return;
    refused.add(socket);
    const refusal = refusalOf(error, limits);
    const exchange = latest.get(socket);
    if (exchange !== undefined && !exchange.req.complete) {
      refuseRest(exchange, socket, refusal);
    } else if (exchange === undefined || exchange.res.writableFinished) {
      refuse(socket, refusal, acceptIn(error.rawPacket));
    } else {
      // The answers to the requests before would be taken for this one, and this one for theirs.
      exchange.res.once("finish", () => refuse(socket, refusal, acceptIn(error.rawPacket)));
    }
  });
  server.on("connect", (req, socket) => {
    refuse(socket, new DomainError("invalid_request", "the server is no proxy"), req.headers.accept);
  });
}

/** How long a caller has to close a connection after its refusal; closing at once could cut the refusal off. */
const lingerTime = 1000;

/** Sends the last bytes of a connection. */
function closeSoon(socket: Duplex, bytes: string): void {
  const linger = setTimeout(() => socket.destroy(), lingerTime).unref();
  socket.once("close", () => clearTimeout(linger));
  socket.end(bytes);
}

function send(socket: Duplex, refusal: DomainError, request: ErrorRequest): ErrorReply {
  const reply = toErrorReply(refusal, request);
  const { status, body, headers } = reply;
  const all = {
    ...securityHeaders,
    ...headers,
    connection: "close",
    "content-type": body.type,
    "content-length": Buffer.byteLength(body.text),
    "x-request-id": request.id,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  closeSoon(socket, `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${head.join("")}\r\n${body.text}`);
  return reply;
}

/** The `Accept` header among bytes that no parser takes, as far as it can be told. */
function acceptIn(bytes: Buffer | undefined): string | undefined {
  return /^accept:(.*)$/im.exec(bytes?.toString("latin1") ?? "")?.[1];
}

function refusalOf(error: ClientError, { headerBytes }: Pick<Limits, "headerBytes">): DomainError {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new DomainError("request_timeout", "the request took too long to arrive");
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    return new DomainError("headers_too_large", `the request line and headers have more than ${headerBytes} bytes`);
  }
  return new DomainError("invalid_request", "the request is not HTTP/1.1");
}
