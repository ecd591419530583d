import type { IncomingMessage } from "node:http";
import type { Request, RequestHandler } from "express";
import { DomainError } from "../../errors/domain-error.js";
import type { Limits } from "../../limits/limits.js";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import { policyOf } from "./authenticate.js";
import "../request/context.js";
import { parseBody } from "./parse-body.js";

/** The largest body of a call, and the setting that says so, where one does. */
interface BodyLimit {
  readonly max: number;
  readonly setting: string | undefined;
}

/**
 * Reads the JSON body of routes that take one into `req.body`; no body and an empty one are both
 * undefined. Where a route takes its query in a body too, the body's fields become query parameters
 * unless the query has them. On every other route a body is ignored, as callers send the four bytes
 * `null` there.
 */
export function readBody(
  limits: Pick<Limits, "bodyBytes" | "loginBodyBytes" | "json">,
  timeSlice: TimeSlice,
): RequestHandler {
  return (req, res, next) => {
    const policy = policyOf(req.tsRestRoute);
    const isQuery = policy.queryInBody === true;
    if (!(isQuery || takesBody(req.tsRestRoute)) || !announcesBody(req)) {
      next();
      return;
    }
    const max = policy.access === "public" ? limits.loginBodyBytes : limits.bodyBytes;
    const limit = { max, setting: max === limits.bodyBytes ? "ECA_BODY_LIMIT" : undefined };
    try {
      requireJson(req);
      requireSize(req, limit);
    } catch (error) {
      next(error);
      return;
    }
    // A caller that waits for 100 Continue has not sent the body yet, and need not send one that is rejected.
    if (req.headers.expect?.toLowerCase() === "100-continue") res.writeContinue();
    collect(req, limit)
      .then(async (chunks) => {
        const bytes = await join(chunks, timeSlice);
        const body = await parseBody(bytes, limits.json, timeSlice);
        if (req.headers["idempotency-key"] !== undefined && takesKey(req.tsRestRoute)) req.bodyBytes = bytes;
        if (isQuery) addToQuery(req, body);
        else req.body = body;
        next();
      })
      .catch(next);
  };
}

function takesBody(route: Express.Request["tsRestRoute"]): boolean {
  return route !== undefined && "body" in route && typeof route.body !== "symbol";
}

function takesKey(route: Express.Request["tsRestRoute"]): boolean {
  return "idempotency-key" in (route?.headers ?? {});
}

/** @param body JSON; null and no body at all add nothing. */
function addToQuery(req: Request, body: unknown): void {
  if (body === undefined || body === null) return;
  if (typeof body !== "object" || Array.isArray(body)) {
    throw new DomainError("invalid_request", "the body is no JSON object with query parameters");
  }
  // Express parses the query each time it is read and lets nobody assign to it.
  Object.defineProperty(req, "query", { value: { ...body, ...req.query } });
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function requireJson({ headers }: IncomingMessage): void {
  const type = headers["content-type"];
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json *(?:; *charset="?utf-?8"? *)?$/i.test(type)) {
    throw new DomainError("unsupported_media_type", `Content-Type is "${type}"; send application/json; charset=utf-8`);
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new DomainError("unsupported_media_type", `Content-Encoding is "${encoding}"; send the body as it is`);
  }
  const transfer = headers["transfer-encoding"];
  if (transfer !== undefined && transfer.trim().toLowerCase() !== "chunked") {
    throw new DomainError("unsupported_media_type", `Transfer-Encoding is "${transfer}"; send the body as it is`);
  }
}

function requireSize(req: IncomingMessage, limit: BodyLimit): void {
  if (Number(req.headers["content-length"] ?? 0) > limit.max) throw tooLarge(req, limit);
}

async function collect(req: IncomingMessage, limit: BodyLimit): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    req.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit.max) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      req.removeAllListeners("data");
      reject(tooLarge(req, limit));
    });
    req.on("end", () => resolve(chunks));
    // A request closes each time; an error made for nothing would cost more than reading a short body.
    req.on("close", () => {
      if (!req.complete) reject(new DomainError("invalid_request", "the body broke off"));
    });
  });
}

/** Puts the parts of a body together; of a long one with turns for others, as memory that is touched first costs milliseconds. */
async function join(chunks: readonly Buffer[], timeSlice: TimeSlice): Promise<Buffer> {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const bytes = Buffer.allocUnsafe(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    if (timeSlice.isOver) await timeSlice.next();
    at += chunk.copy(bytes, at);
  }
  return bytes;
}

/** What is still to come is let through unread: closing at once would cut off the reply. */
function tooLarge(req: IncomingMessage, { max, setting }: BodyLimit): DomainError {
  req.resume();
  const named = setting === undefined ? "" : ` (${setting})`;
  return new DomainError("payload_too_large", `the body has more than ${max} bytes${named}; send less at once`);
}
