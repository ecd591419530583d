import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Logger } from "pino";
import { DomainError } from "../errors.js";
import { toErrorReply } from "./error-reply.js";

/** The end of the line for requests that no route takes. */
export const routeNotFound: RequestHandler = (req, _res, next) => {
  next(new DomainError("route_not_found", `no route ${req.method} ${req.path}; the API stands below /v1`));
};

/** Answers everything thrown on the way in the error shape; what was not expected is logged whole. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const reply = toErrorReply(error, req.id);
    if (reply.code === "internal") logger.error({ err: error, request_id: req.id }, "request failed");
    // Once a part of an answer is out, only a broken connection can tell that the rest is missing.
    if (res.headersSent) {
      res.destroy();
      return;
    }
    res.setHeader("x-error-code", reply.code);
    res.status(reply.status).json(reply.body);
  };
}
