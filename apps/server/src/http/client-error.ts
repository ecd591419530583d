import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import { DomainError } from "../errors.js";
import { toErrorReply } from "./error-reply.js";
import { securityHeaders } from "./json.js";

/** Answers what node's parser refuses, which never becomes a request, in the error shape too. */
export function answerClientErrors(server: Server): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const requestId = randomUUID();
    const { status, code, body } = toErrorReply(refusalOf(error), requestId);
    const text = JSON.stringify(body);
    const headers = {
      ...securityHeaders,
      connection: "close",
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(text),
      "x-error-code": code,
      "x-request-id": requestId,
    };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} \r\n${head.join("")}\r\n${text}`);
  });
}

function refusalOf(error: NodeJS.ErrnoException): DomainError {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new DomainError("request_timeout", "the request took too long to arrive");
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    return new DomainError("headers_too_large", "the request line and headers have more than 16384 bytes");
  }
  return new DomainError("invalid_request", "the request is not HTTP/1.1");
}
