import { randomUUID } from "node:crypto";
import { requestIdPattern } from "@eca/contract";
import type { RequestHandler } from "express";
import type { Logger } from "pino";
import type { Metrics } from "../../metrics/metrics.js";
import type { RouteName } from "../request/route-names.js";
import { parseTraceParent } from "../request/trace-context.js";

const acceptable = new RegExp(requestIdPattern);

export interface RequestLogOptions {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "requestBegan" | "requestEnded">;
  readonly nameOf: RouteName;
}

/**
 * Gives each request an id, the caller's own where it is fit to be printed, and counts and logs its end:
 * failures as errors, client errors as info, the rest at debug. Bodies and queries are never logged, and of
 * the headers the trace alone.
 */
export function requestLog({ logger, metrics, nameOf }: RequestLogOptions): RequestHandler {
  return (req, res, next) => {
    const given = req.headers["x-request-id"];
    req.id = typeof given === "string" && acceptable.test(given) ? given : randomUUID();
    const began = performance.now();
    metrics.requestBegan();
    res.on("close", () => {
      const durationMs = performance.now() - began;
      const status = res.statusCode;
      const route = nameOf(req.tsRestRoute);
      const errorCode = status >= 400 ? res.getHeader("x-error-code") : undefined;
      metrics.requestEnded({
        route,
        method: req.method,
        status,
        durationMs,
        errorCode: errorCode as string | undefined,
      });
      const level = status >= 500 ? "error" : status >= 400 ? "info" : "debug";
      if (!logger.isLevelEnabled(level)) return;
      const trace = parseTraceParent(req.headers["traceparent"]);
      logger[level](
        {
          request_id: req.id,
          method: req.method,
          path: req.originalUrl.split("?", 1)[0],
          route,
          status,
          error_code: errorCode,
          ms: Math.round(durationMs * 1000) / 1000,
          user_id: req.principal?.userId,
          key_id: req.principal?.keyId,
          address: req.address,
          trace_id: trace?.traceId,
          parent_id: trace?.parentId,
          // A connection that closes first got only a part of its reply, or none.
          aborted: (!res.writableFinished && status !== 101) || undefined,
        },
        "request",
      );
    });
    next();
  };
}
