import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Logger } from "pino";
import type { AuditLog } from "../../audit/audit-log.js";
import { DomainError } from "../../errors/domain-error.js";
import { actorOf } from "../request/actor-of.js";
import { toErrorReply } from "./error-reply.js";
import { withHints } from "../middleware/ignored-fields.js";
import type { RouteName } from "../request/route-names.js";
import { parseTraceParent } from "../request/trace-context.js";

/** The end of the line for requests that no route takes. */
export const routeNotFound: RequestHandler = (req, _res, next) => {
  next(
    new DomainError(
      "route_not_found",
      `no route ${req.method} ${req.path}; the API stands below /v1, its description at /docs`,
    ),
  );
};

export interface ErrorHandlerOptions {
  readonly logger: Logger;
  readonly audit: Pick<AuditLog, "denied">;
  readonly nameOf: RouteName;
}

/** Replies to everything that is thrown in the error shape; unexpected errors are logged with their stack. */
export function errorHandler({ logger, audit, nameOf }: ErrorHandlerOptions): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const reply = toErrorReply(withHints(error, req), {
      id: req.id,
      accept: req.headers.accept,
      pathPrefix: req.pathPrefix,
    });
    if (reply.code === "internal") {
      const trace_id = parseTraceParent(req.headers["traceparent"])?.traceId;
      logger.error({ err: error, request_id: req.id, trace_id }, "request failed");
    }
    if (reply.code === "forbidden") audit.denied(actorOf(req), nameOf(req.tsRestRoute));
    // Once a part of a reply is sent, only a broken connection can show that the rest is missing.
    if (res.headersSent) {
      res.destroy();
      return;
    }
    for (const [name, value] of Object.entries(reply.headers)) res.appendHeader(name, value);
    res.status(reply.status).json(reply.body);
  };
}
