import { rootContract } from "@eca/contract";
import cors from "cors";
import type { Request, RequestHandler } from "express";
import { DomainError } from "../../errors/domain-error.js";
import "../request/context.js";

/** Headers of replies that pages of allowed origins may read. */
const exposedHeaders = [
  "ETag",
  "Idempotency-Replayed",
  "Ignored-Fields",
  "Link",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "X-Error-Code",
  "X-Request-Id",
  "X-Retrieval-Source",
];

/**
 * Lets pages of these origins call (the CORS protocol of the Fetch standard), and rejects the preflights of all others
 * with a text that names the setting: a browser shows it to whoever looks why the page fails.
 *
 * Any page may read `/healthz`, without its headers. That is how the client distinguishes a server that does not allow its
 * page from one that is gone.
 *
 * @param origins `*` allows all.
 */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const allowsAll = origins.includes("*");
  const allow = cors({ origin: allowsAll ? "*" : [...origins], exposedHeaders, maxAge: 3600 });
  return (req, res, next) => {
    const { origin } = req.headers;
    if (origin === undefined) next();
    else if (allowsAll || origins.includes(origin)) {
      // A preflight ends here.
      res.setHeader("x-request-id", req.id);
      allow(req, res, next);
    } else if (isPreflight(req)) {
      next(new DomainError("origin_not_allowed", explain(origin, origins)));
    } else {
      if (req.path === rootContract.health.healthz.path) res.setHeader("access-control-allow-origin", "*");
      res.vary("Origin");
      next();
    }
  };
}

function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

/** Longer than any host name. */
const maxOriginLength = 300;

function explain(origin: string, origins: readonly string[]): string {
  if (origin === "null") {
    return "pages without an origin, such as files, may not call this server; serve the page by HTTP, and allow its origin by ECA_CORS_ORIGINS";
  }
  const shown = origin.slice(0, maxOriginLength);
  return `pages of ${shown} may not call this server; allow them by ECA_CORS_ORIGINS=${[...origins, shown].join(",")}`;
}
