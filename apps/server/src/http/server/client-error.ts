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

/** The latest request of a connection, and its reply. */
interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

export interface ClientErrorOptions {
  readonly logger: Logger;
  readonly limits: Pick<Limits, "headerBytes">;
}

/**
 * Replies in the error shape to what node's parser rejects, which never becomes a request. Then it closes the connection,
 * because nobody knows where the next request would begin.
 */
export function replyToClientErrors(server: Server, { logger, limits }: ClientErrorOptions): void {
  const reject = (socket: Duplex, reason: DomainError, accept: string | undefined): void => {
    if (!socket.writable) return;
    const id = randomUUID();
    const { status, code } = send(socket, reason, { id, accept });
    const address = canonicalAddress((socket as Socket).remoteAddress ?? "");
    logger.info({ request_id: id, status, error_code: code, address }, "malformed request rejected");
  };
  /** The body of a request is broken: the request is rejected, unless it has its reply already. */
  const rejectRest = ({ req, res }: Exchange, socket: Duplex, reason: DomainError): void => {
    if (!res.headersSent) reject(socket, reason, req.headers.accept);
    else if (res.writableEnded) closeSoon(socket, "");
    else socket.destroy();
  };
  const latest = new WeakMap<Duplex, Exchange>();
  const rejected = new WeakSet<Duplex>();
  server.on("request", (req, res) => latest.set(req.socket, { req, res }));
  server.on("clientError", (error: ClientError, socket: Duplex) => {
    if (error.code === "ECONNRESET") socket.destroy();
    // What comes after the error is rejected with it.
    if (rejected.has(socket) || !socket.writable) return;
    rejected.add(socket);
    const reason = toDomainError(error, limits);
    const exchange = latest.get(socket);
    if (exchange !== undefined && !exchange.req.complete) {
      rejectRest(exchange, socket, reason);
    } else if (exchange === undefined || exchange.res.writableFinished) {
      reject(socket, reason, acceptIn(error.rawPacket));
    } else {
      // Sent at once, this reply would be taken for that of an earlier request.
      exchange.res.once("finish", () => reject(socket, reason, acceptIn(error.rawPacket)));
    }
  });
  server.on("connect", (req, socket) => {
    reject(socket, new DomainError("invalid_request", "the server is no proxy"), req.headers.accept);
  });
}

/** How long a caller has to close a connection after the error. Closing at once could cut the reply off. */
const lingerTime = 1000;

/** Sends the last bytes of a connection. */
function closeSoon(socket: Duplex, bytes: string): void {
  const linger = setTimeout(() => socket.destroy(), lingerTime).unref();
  socket.once("close", () => clearTimeout(linger));
  socket.end(bytes);
}

function send(socket: Duplex, reason: DomainError, request: ErrorRequest): ErrorReply {
  const reply = toErrorReply(reason, request);
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

/** The `Accept` header among bytes that no parser takes, as far as it can be found. */
function acceptIn(bytes: Buffer | undefined): string | undefined {
  return /^accept:(.*)$/im.exec(bytes?.toString("latin1") ?? "")?.[1];
}

function toDomainError(error: ClientError, { headerBytes }: Pick<Limits, "headerBytes">): DomainError {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new DomainError("request_timeout", "the request took too long to arrive");
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    return new DomainError("headers_too_large", `the request line and headers have more than ${headerBytes} bytes`);
  }
  return new DomainError("invalid_request", "the request is not HTTP/1.1");
}
