import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import type { Logger } from "pino";

const acceptable = /^[\w.:-]{1,128}$/;

/**
 * Gives each request an id, the caller's own where it is fit to be printed, and logs its end:
 * failures as errors, refusals as info, the rest at debug. Bodies, headers and queries are never logged.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const given = req.headers["x-request-id"];
    req.id = typeof given === "string" && acceptable.test(given) ? given : randomUUID();
    const began = performance.now();
    res.on("close", () => {
      const level = res.statusCode >= 500 ? "error" : res.statusCode >= 400 ? "info" : "debug";
      if (!logger.isLevelEnabled(level)) return;
      const ms = Math.round((performance.now() - began) * 1000) / 1000;
      logger[level](
        {
          request_id: req.id,
          method: req.method,
          path: req.originalUrl.split("?", 1)[0],
          status: res.statusCode,
          ms,
          user_id: req.principal?.userId,
          // A connection that closes first got only a part of its answer, or none.
          aborted: !res.writableFinished || undefined,
        },
        "request",
      );
    });
    next();
  };
}
