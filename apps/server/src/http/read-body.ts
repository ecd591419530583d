import type { IncomingMessage } from "node:http";
import { setImmediate } from "node:timers/promises";
import type { Request, RequestHandler } from "express";
import { DomainError } from "../errors.js";
import type { JsonBounds, Limits } from "../limits/limits.js";
import { policyOf } from "./authenticate.js";
import "./context.js";
import { boundSteps } from "./json-bounds.js";
import { hasRepeatedKey } from "./json-keys.js";

/**
 * Reads the JSON body of routes that take one into `req.body`; no body and an empty one are both
 * undefined. Where a route takes its query in a body too, the body's fields become query parameters
 * unless the query has them. On every other route a body is ignored, as callers send the four bytes
 * `null` there.
 *
 */
export function readBody(limits: Pick<Limits, "bodyBytes" | "loginBodyBytes" | "json">): RequestHandler {
  return (req, res, next) => {
    const policy = policyOf(req.tsRestRoute);
    const isQuery = policy.queryInBody === true;
    if (!(isQuery || takesBody(req.tsRestRoute)) || !announcesBody(req)) {
      next();
      return;
    }
    const most = policy.access === "public" ? limits.loginBodyBytes : limits.bodyBytes;
    try {
      requireJson(req);
      requireSize(req, most);
    } catch (error) {
      next(error);
      return;
    }
    // Whoever waits to be told so has not sent the body yet, and is spared it where it is refused.
    if (req.headers.expect?.toLowerCase() === "100-continue") res.writeContinue();
    collect(req, most)
      .then(async (bytes) => {
        const body = await parse(bytes, limits.json);
        if (req.headers["idempotency-key"] !== undefined) req.bodyBytes = bytes;
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

function requireSize(req: IncomingMessage, limit: number): void {
  if (Number(req.headers["content-length"] ?? 0) > limit) throw tooLarge(req, limit);
}

async function collect(req: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    req.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      req.removeAllListeners("data");
      reject(tooLarge(req, limit));
    });
    req.on("end", () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
    // A request closes each time; an error made for nothing would cost more than reading a short body.
    req.on("close", () => {
      if (!req.complete) reject(new DomainError("invalid_request", "the body broke off"));
    });
  });
}

/** What is still to come is let through unread: closing at once would cut off the answer. */
function tooLarge(req: IncomingMessage, limit: number): DomainError {
  req.resume();
  return new DomainError("payload_too_large", `the body has more than ${limit} bytes; send less at once`);
}

/** From so many bytes on, each step of reading a body takes milliseconds. */
const longBody = 2 ** 18;

/** Bytes that are decoded at once: some milliseconds, where they are not ASCII. */
const bytesPerStep = 2 ** 18;

/** A body is looked at in steps; between those of a long one others have their turn. */
async function parse(bytes: Buffer, bounds: JsonBounds): Promise<unknown> {
  if (bytes.length === 0) return undefined;
  const isLong = bytes.length >= longBody;
  const pause = isLong ? (): Promise<unknown> => setImmediate() : undefined;
  await requireBounds(bytes, bounds, pause);
  const text = await decode(bytes, pause);
  const value = parseText(text);
  await pause?.();
  if (hasRepeatedKey(bytes, value)) {
    throw new DomainError("invalid_json", "an object of the body has the same key twice; send each once");
  }
  await pause?.();
  return value;
}

type Pause = (() => Promise<unknown>) | undefined;

async function requireBounds(bytes: Buffer, bounds: JsonBounds, pause: Pause): Promise<void> {
  const steps = boundSteps(bounds, bytes);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) await pause?.();
  await pause?.();
  const exceeded = step.value;
  if (exceeded === undefined) return;
  const details = {
    depth: `the body has lists and objects more than ${bounds.depth} deep in one another (ECA_MAX_JSON_DEPTH)`,
    parts: `the body has more than ${bounds.parts} lists, objects and keys`,
    entries: `the body has more than ${bounds.entries} entries of lists; a state may be too long for this server`,
  };
  throw new DomainError("invalid_json", details[exceeded]);
}

async function decode(bytes: Buffer, pause: Pause): Promise<string> {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    for (let start = 0; start < bytes.length; start += bytesPerStep) {
      const end = start + bytesPerStep;
      text += utf8.decode(bytes.subarray(start, end), { stream: end < bytes.length });
      await pause?.();
    }
  } catch {
    throw new DomainError("invalid_json", "the body is not UTF-8");
  }
  return text;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = /\b(?:NaN|Infinity)\b/.test(text) ? "; JSON has no NaN and no Infinity" : "";
    throw new DomainError("invalid_json", `the body is not JSON: ${(error as Error).message}${hint}`);
  }
}
